// SPDX-License-Identifier: GPL-2.0-only
#include "ring.h"

/**
 * kpl_ring_init() - an empty ring
 * @ring: the ring
 * @bytes: its memory
 * @size: bytes of it, a power of two
 */
void kpl_ring_init(struct kpl_ring *ring, u8 *bytes, u32 size)
{
	*ring = (struct kpl_ring) { .bytes = bytes, .size = size };
}

/**
 * kpl_ring_peek() - where the bytes from a position on are
 * @ring: the ring
 * @pos: the position; moved to the oldest byte if that is later
 * @bytes: returned: the first of them
 *
 * What is copied from @bytes is good from kpl_ring_oldest() on, asked after
 * the copy.
 *
 * Return: how many bytes follow each other in memory; 0 at the newest.
 */
u32 kpl_ring_peek(const struct kpl_ring *ring, u64 *pos, const u8 **bytes)
{
	u64 oldest = kpl_ring_oldest(ring);
	u64 head = kpl_ring_head(ring);
	u32 at, n;

	if (*pos < oldest)
		*pos = oldest;
	if (*pos >= head)
		return 0;

	at = *pos & (ring->size - 1);
	n = ring->size - at;
	*bytes = ring->bytes + at;
	return head - *pos < n ? head - *pos : n;
}
