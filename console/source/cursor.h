/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A position in a guest's output that is kept in a file, from one command to
 * the next. It belongs to one port: that of the guest's next life is another.
 */
#ifndef KPL011_CURSOR_H
#define KPL011_CURSOR_H

#include <stdbool.h>

#include "source/source.h"

/**
 * cursor_load - read a position
 * @path: the file
 * @src: what it should be of; it was just opened
 * @facts: of that
 * @pos: the position; the first if there is no file, or it is of another port
 *
 * Return: false if it cannot be used; it has said why
 */
bool cursor_load(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t *pos);

/* Says why if it returns false; then the file is as it was. */
bool cursor_save(const char *path, struct source *src, const struct source_facts *facts,
		 uint64_t pos);

#endif /* KPL011_CURSOR_H */
