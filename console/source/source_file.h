/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that a VMM writes a guest's output to. Nothing can be sent.
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
 * A file that is cut is read from its new start; when another one has taken its
 * name, as in a rotation, that one follows behind the end of the first. What was
 * cut off unread counts as skipped.
 *
 * Return: 0 or a negative errno
 */
int file_open(const struct origin *origin, struct source **src);

#endif /* KPL011_SOURCE_FILE_H */
