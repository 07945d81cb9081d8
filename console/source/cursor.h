/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cursor is a file that keeps a position in a guest's output from one command
 * to the next. It is valid for one life of the guest only.
 */
#ifndef KPL011_CURSOR_H
#define KPL011_CURSOR_H

#include <stdbool.h>

#include "source/source.h"

/**
 * cursor_load - read a position
 * @path: the file
 * @src: the source, which was just opened
 * @facts: its facts
 * @pos: the position; 0 if there is no file, if it is empty, or if its position is not
 *	 one of this port and life
 *
 * Return: false if the file cannot be used; the reason was printed
 */
bool cursor_load(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t *pos);

/* False: it could not be written, and the reason was printed; the file is unchanged. */
bool cursor_save(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t pos);

#endif /* KPL011_CURSOR_H */
