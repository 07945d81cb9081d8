/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the newest bytes of a stream, by position, for sources whose history
 * nobody else keeps. Memory grows with the bytes, up to the given size. Pure.
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

/* Keeps @size bytes from now on, a power of two; never fewer than there is memory for already. */
void history_keep(struct history *history, size_t size);

/**
 * history_add - add bytes
 * @history: the history
 * @bytes: the bytes, at position history_newest()
 * @len: how many
 * @ns: when they came
 *
 * Without memory to grow, fewer bytes are kept than the size says.
 */
void history_add(struct history *history, const void *bytes, size_t len, int64_t ns);

/* The position after the newest byte, and that of the oldest byte that is kept. */
uint64_t history_newest(const struct history *history);
uint64_t history_oldest(const struct history *history);

/**
 * history_copy - read bytes
 * @history: the history
 * @pos: where to start; moved past what was copied, but not if that is nothing
 * @buf: where to copy to
 * @len: room at @buf
 * @skipped: how many bytes from @pos on are no longer kept
 *
 * Return: how many were copied
 */
size_t history_copy(const struct history *history, uint64_t *pos, void *buf, size_t len,
		    uint64_t *skipped);

/*
 * The mark for @pos, which is the last one at or before it, and those after it,
 * at most @count. If the mark for @pos is lost they start with the oldest kept.
 */
size_t history_marks(const struct history *history, uint64_t pos, struct source_mark *marks,
		     size_t count);

#endif /* KPL011_HISTORY_H */
