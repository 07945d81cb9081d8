// SPDX-License-Identifier: GPL-2.0-only
#include "ring.h"

/**
 * kpl_ring_init() - make an empty ring
 * @ring: the ring
 * @shared: its memory: @offset + @size bytes
 * @offset: where in it the bytes begin
 * @size: how many bytes the ring keeps, a power of two
 */
void kpl_ring_init(struct kpl_ring *ring, struct kpl011_ring *shared,
		   u32 offset, u32 size)
{
	*shared = (struct kpl011_ring) {
		.version = 1,
		.offset = offset,
		.size = size,
	};
	*ring = (struct kpl_ring) {
		.shared = shared,
		.bytes = (u8 *)shared + offset,
		.size = size,
	};
}

/**
 * kpl_ring_peek() - find the bytes from a position on
 * @ring: the ring
 * @pos: the position; moved to the oldest byte if that is later
 * @bytes: returned: the first of them
 *
 * What was copied from @bytes is valid from kpl_ring_oldest() on, called after
 * the copy.
 *
 * Return: how many bytes follow each other in memory; 0 if there is none at the
 * position yet.
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

/**
 * kpl_ring_line_back() - find where the line begins that a position is in
 * @ring: the ring
 * @from: the position
 * @to: how far to look back, at most @from
 *
 * Return: the position after the last newline in @to to @from - 1, or @to if
 * there is none. If the bytes were overwritten, it means nothing.
 */
u64 kpl_ring_line_back(const struct kpl_ring *ring, u64 from, u64 to)
{
	while (from > to &&
	       READ_ONCE(ring->bytes[(from - 1) & (ring->size - 1)]) != '\n')
		from--;
	return from;
}
