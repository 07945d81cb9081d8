// SPDX-License-Identifier: GPL-2.0-only
#include "source/marks.h"

#include <stdlib.h>

#define FIRST 16

/* No mark is made closer to the last one than this. */
#define NEAR_BYTES 8
#define NEAR_NS 1000000

/* A pause of this length is followed by a mark, however few bytes came before it: a prompt. */
#define PAUSE_NS 100000000

void marks_init(struct marks *marks, size_t limit)
{
	*marks = (struct marks){ .limit = limit };
}

void marks_free(struct marks *marks)
{
	free(marks->all);
	marks_init(marks, marks->limit);
}

static void grow(struct marks *marks)
{
	size_t size = marks->size ? marks->size * 2 : FIRST;
	struct source_mark *all = reallocarray(marks->all, size, sizeof(*all));

	if (!all)
		return;
	marks->all = all;
	marks->size = size;
}

void marks_add(struct marks *marks, uint64_t pos, int64_t ns)
{
	if (marks->made) {
		const struct source_mark *last = &marks->all[(marks->made - 1) % marks->size];

		if (ns - last->ns < NEAR_NS ||
		    (pos - last->pos < NEAR_BYTES && ns - last->ns < PAUSE_NS))
			return;
	}
	if (marks->made == marks->size && marks->size < marks->limit)
		grow(marks);
	if (marks->size)
		marks->all[marks->made++ % marks->size] =
			(struct source_mark){ .pos = pos, .ns = ns };
}

size_t marks_get(const struct marks *marks, uint64_t pos, struct source_mark *out, size_t count)
{
	uint64_t low = marks->made > marks->size ? marks->made - marks->size : 0;
	uint64_t high = marks->made;
	size_t n = 0;

	/* The last one at or before @pos, or the oldest. */
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (marks->all[middle % marks->size].pos <= pos)
			low = middle;
		else
			high = middle;
	}
	for (; low < marks->made && n < count; low++)
		out[n++] = marks->all[low % marks->size];
	return n;
}
