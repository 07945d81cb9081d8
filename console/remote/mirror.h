/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At the near end: what has come of a guest's output, by position, with the gaps in
 * it and the times at which it was printed. The newest bytes are kept. Pure.
 *
 * Positions come from the other side of a connection and may be anything.
 */
#ifndef KPL011_MIRROR_H
#define KPL011_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct mirror;

/* @size: bytes that are kept, a power of two; the times take a quarter more. NULL: no memory. */
struct mirror *mirror_new(size_t size);
void mirror_free(struct mirror *mirror);

/* Forgets everything; what comes next begins at @pos. */
void mirror_begin(struct mirror *mirror, uint64_t pos);

/* The position after the newest byte, and that of the oldest. */
uint64_t mirror_newest(const struct mirror *mirror);
uint64_t mirror_oldest(const struct mirror *mirror);

/* Adds bytes. False: @pos is before mirror_newest(), or too large. */
bool mirror_add(struct mirror *mirror, uint64_t pos, const void *bytes, size_t len);

/* Adds a mark; one whose position is not after the last mark's is dropped. */
void mirror_mark(struct mirror *mirror, uint64_t pos, int64_t ns);

/**
 * mirror_copy - read bytes
 * @mirror: the mirror
 * @pos: where to start, at most mirror_newest(); moved past what was copied
 * @buf: where to copy to
 * @len: room at @buf
 * @skipped: how many bytes before the first one copied are missing
 *
 * Return: how many were copied
 */
size_t mirror_copy(const struct mirror *mirror, uint64_t *pos, void *buf, size_t len,
		   uint64_t *skipped);

/* As source_marks(). */
size_t mirror_marks(const struct mirror *mirror, uint64_t pos, struct source_mark *marks,
		    size_t count);

#endif /* KPL011_MIRROR_H */
