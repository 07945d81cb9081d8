/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds where the last lines or bytes of a source's history begin, to start
 * reading there.
 */
#ifndef KPL011_TAIL_H
#define KPL011_TAIL_H

#include "source/source.h"

/**
 * tail_lines - where the last lines begin
 * @src: the source; its position moves
 * @facts: its facts, read just before
 * @lines: how many; a last one without its newline counts, if there is text in it
 * @pos: where they begin; if there are fewer, where the history begins
 *
 * Return: 0 or a negative errno
 */
int tail_lines(struct source *src, const struct source_facts *facts, uint64_t lines, uint64_t *pos);

/**
 * tail_bytes - where the last lines begin that fit into @max bytes
 *
 * A line that is longer than that is cut at its start.
 */
int tail_bytes(struct source *src, const struct source_facts *facts, uint64_t max, uint64_t *pos);

#endif /* KPL011_TAIL_H */
