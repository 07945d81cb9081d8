/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The newest bytes of a stream, by position, for sources whose history nobody
 * else keeps. Pure. Memory grows with what there is, up to the size given.
 */
#ifndef KPL011_HISTORY_H
#define KPL011_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct history;

/* @size: bytes that are kept, a power of two. NULL: no memory. */
struct history *history_new(size_t size);
void history_free(struct history *history);

/* From now on so much is kept: @size bytes, a power of two, or as much as there is room for now. */
void history_keep(struct history *history, size_t size);

/**
 * history_add - take bytes
 * @history: the history
 * @bytes: what came, at position history_newest()
 * @len: how many
 * @ns: when
 *
 * Without memory to grow, fewer are kept than the size.
 */
void history_add(struct history *history, const void *bytes, size_t len, int64_t ns);

/* Position behind the newest byte, and of the oldest that is kept. */
uint64_t history_newest(const struct history *history);
uint64_t history_oldest(const struct history *history);

/**
 * history_copy - read bytes
 * @history: the history
 * @pos: from where; moved behind what was copied
 * @buf: where to
 * @len: room at @buf
 * @skipped: how many before the first one copied are not kept any more
 *
 * Return: how many were copied
 */
size_t history_copy(const struct history *history, uint64_t *pos, void *buf, size_t len,
		    uint64_t *skipped);

/*
 * The mark for @pos, the last one at or before it, and those behind it, at most
 * @count. If that for @pos is lost the first one is the oldest kept.
 */
size_t history_marks(const struct history *history, uint64_t pos, struct source_mark *marks,
		     size_t count);

#endif /* KPL011_HISTORY_H */
