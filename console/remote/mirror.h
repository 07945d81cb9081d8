/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has come of a guest's output, by position: bytes, what is missing between
 * them, and when they were printed. Pure.
 *
 * The newest bytes are kept. Positions come from the other side of a connection
 * and may be anything.
 */
#ifndef KPL011_MIRROR_H
#define KPL011_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

struct mirror;

/* @size: bytes that are kept, a power of two. NULL: no memory. */
struct mirror *mirror_new(size_t size);
void mirror_free(struct mirror *mirror);

/* Forgets everything; what comes next begins at @pos. */
void mirror_begin(struct mirror *mirror, uint64_t pos);

/* Position behind the newest byte, and of the oldest. */
uint64_t mirror_newest(const struct mirror *mirror);
uint64_t mirror_oldest(const struct mirror *mirror);

/* Takes bytes. False: @pos is before the newest, or none can be there. */
bool mirror_add(struct mirror *mirror, uint64_t pos, const void *bytes, size_t len);

/* When the byte at a position was printed; of marks that go back the newer ones are left out. */
void mirror_mark(struct mirror *mirror, uint64_t pos, int64_t ns);

/**
 * mirror_copy - read bytes
 * @mirror: the mirror
 * @pos: from where, at most mirror_newest(); moved behind what was copied
 * @buf: where to
 * @len: room at @buf
 * @skipped: how many before the first one copied are missing
 *
 * Return: how many were copied
 */
size_t mirror_copy(const struct mirror *mirror, uint64_t *pos, void *buf, size_t len,
		   uint64_t *skipped);

/* As source_marks(). */
size_t mirror_marks(const struct mirror *mirror, uint64_t pos, struct source_mark *marks,
		    size_t count);

#endif /* KPL011_MIRROR_H */
