/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source that follows a file to which a VMM writes a guest's output. It takes
 * no input.
 */
#ifndef KPL011_SOURCE_FILE_H
#define KPL011_SOURCE_FILE_H

#include "source/origin.h"
#include "source/source.h"

/**
 * file_open - follow a file
 * @origin: ORIGIN_FILE
 * @src: the source, to be closed with source_close()
 *
 * If the file is truncated, it is read from its start again. If another file takes
 * its name, as in a rotation, that one is read after the end of the first. Bytes
 * that were cut off unread count as skipped.
 *
 * Return: 0, or an error for origin_why()
 */
int file_open(const struct origin *origin, struct source **src);

#endif /* KPL011_SOURCE_FILE_H */
