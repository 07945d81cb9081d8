/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in a source's history to begin.
 */
#ifndef KPL011_TAIL_H
#define KPL011_TAIL_H

#include "source/source.h"

/**
 * tail_lines - where the last lines begin
 * @src: the source; its position moves
 * @facts: its facts, read just before
 * @lines: how many; a last one without its newline counts, if there is text in it
 * @pos: where they begin, or where the history does if it has fewer
 *
 * Return: 0 or a negative errno
 */
int tail_lines(struct source *src, const struct source_facts *facts, uint64_t lines, uint64_t *pos);

/**
 * tail_bytes - where the last lines begin that fit in @max bytes
 *
 * A line that is longer than that is cut.
 */
int tail_bytes(struct source *src, const struct source_facts *facts, uint64_t max, uint64_t *pos);

#endif /* KPL011_TAIL_H */
