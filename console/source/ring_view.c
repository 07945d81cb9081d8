// SPDX-License-Identifier: GPL-2.0-only
#include "source/ring_view.h"

#include <string.h>

/* A writer overtakes a copy a few times in a row at most. */
#define TRIES 4

/* Pairs with the writer's release: the bytes before @head are visible. */
static uint64_t load_head(const struct ring_view *ring)
{
	return __atomic_load_n(ring->head, __ATOMIC_ACQUIRE);
}

/* Pairs with the writer's barrier after @reserved: all copying comes before this load. */
static uint64_t load_reserved(const struct ring_view *ring)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(ring->reserved, __ATOMIC_RELAXED);
}

static size_t take_once(const struct ring_view *ring, uint64_t *pos, unsigned char *buf, size_t len)
{
	uint64_t head = load_head(ring);
	uint64_t oldest;
	size_t first;
	size_t at;

	if (head - *pos > ring->size)
		*pos = head - ring->size;
	if (head - *pos < len)
		len = (size_t)(head - *pos);
	at = (size_t)(*pos & (ring->size - 1));
	first = len < ring->size - at ? len : (size_t)(ring->size - at);
	memcpy(buf, ring->bytes + at, first);
	memcpy(buf + first, ring->bytes, len - first);

	oldest = load_reserved(ring);
	oldest = oldest > ring->size ? oldest - ring->size : 0;
	if (oldest > *pos) {
		size_t gone = oldest - *pos < len ? (size_t)(oldest - *pos) : len;

		memmove(buf, buf + gone, len - gone);
		len -= gone;
		*pos += gone;
	}
	*pos += len;
	return len;
}

size_t ring_view_take(const struct ring_view *ring, uint64_t *pos, void *buf, size_t len,
		      uint64_t *skipped)
{
	uint64_t from = *pos;
	size_t n = 0;

	for (int i = 0; i < TRIES && !n && !ring_view_at_end(ring, *pos); i++)
		n = take_once(ring, pos, buf, len);
	*skipped = *pos - n - from;
	return n;
}

int ring_view_at_end(const struct ring_view *ring, uint64_t pos)
{
	return load_head(ring) == pos;
}
