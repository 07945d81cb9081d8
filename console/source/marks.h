/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps when bytes came, for sources whose marks nobody else keeps. Only the
 * newest marks are kept. Pure.
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

/* @limit: how many marks are kept, a power of two of at least 16. */
void marks_init(struct marks *marks, size_t limit);
void marks_free(struct marks *marks);

/* The byte at @pos came at @ns. Marks close to the last one, or without memory, are dropped. */
void marks_add(struct marks *marks, uint64_t pos, int64_t ns);

/*
 * The mark for @pos, which is the last one at or before it, and those after it,
 * at most @count. If the mark for @pos is lost they start with the oldest kept.
 */
size_t marks_get(const struct marks *marks, uint64_t pos, struct source_mark *out, size_t count);

#endif /* KPL011_MARKS_H */
