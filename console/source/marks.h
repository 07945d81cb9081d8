/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the byte at a position came, of sources that nobody else keeps that of.
 * Pure. The newest marks are kept.
 */
#ifndef KPL011_MARKS_H
#define KPL011_MARKS_H

#include "source/source.h"

struct marks {
	struct source_mark *all;
	size_t size;
	size_t limit;
	uint64_t made; /* the newest is number made - 1 */
};

/* @limit: as many are kept, a power of two of 16 or more. */
void marks_init(struct marks *marks, size_t limit);
void marks_free(struct marks *marks);

/* The byte at @pos came at @ns. Not each one is kept; without memory none. */
void marks_add(struct marks *marks, uint64_t pos, int64_t ns);

/*
 * The mark for @pos, the last one at or before it, and those behind it, at most
 * @count. If that for @pos is lost the first one is the oldest kept.
 */
size_t marks_get(const struct marks *marks, uint64_t pos, struct source_mark *out, size_t count);

#endif /* KPL011_MARKS_H */
