/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of bytes that keeps the newest, with one writer and any number of
 * readers. The writer never waits and does not know the readers. A reader takes
 * no lock; after it has copied bytes, it checks that they were not overwritten
 * meanwhile. Readers may be in user space: what they need is in struct
 * kpl011_ring, which only the writer can write.
 *
 * Positions count the bytes pushed, from 0; they never wrap.
 */
#ifndef KPL011_RING_H
#define KPL011_RING_H

#include <linux/compiler.h>
#include <linux/kpl011.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct kpl_ring - a ring
 * @shared: its positions, and @size
 * @bytes: @size bytes
 * @size: a power of two
 */
struct kpl_ring {
	struct kpl011_ring *shared;
	u8 *bytes;
	u32 size;
};

void kpl_ring_init(struct kpl_ring *ring, struct kpl011_ring *shared,
		   u32 offset, u32 size);
u32 kpl_ring_peek(const struct kpl_ring *ring, u64 *pos, const u8 **bytes);
u64 kpl_ring_line_back(const struct kpl_ring *ring, u64 from, u64 to);

/**
 * kpl_ring_push() - add a byte, over the oldest if there is no room
 * @ring: the ring; the caller is the only writer
 * @byte: what to add
 */
static inline void kpl_ring_push(struct kpl_ring *ring, u8 byte)
{
	struct kpl011_ring *shared = ring->shared;
	u64 head = shared->head;

	WRITE_ONCE(shared->reserved, head + 1);
	/* Pairs with kpl_ring_oldest(). */
	smp_wmb();
	WRITE_ONCE(ring->bytes[head & (ring->size - 1)], byte);
	/* Pairs with kpl_ring_head(). */
	smp_store_release(&shared->head, head + 1);
}

/**
 * kpl_ring_head() - the end of the bytes
 * @ring: the ring
 *
 * Return: the position after the newest byte. The bytes before it can be read.
 */
static inline u64 kpl_ring_head(const struct kpl_ring *ring)
{
	/* Pairs with kpl_ring_push(). */
	return smp_load_acquire(&ring->shared->head);
}

/**
 * kpl_ring_oldest() - the beginning of the bytes
 * @ring: the ring
 *
 * Called after bytes were copied, it tells which of them are valid: those at
 * its position and after. Its barrier pairs with that of kpl_ring_push(): a
 * reader that saw a byte of a push sees that push's reservation.
 *
 * Return: the position of the oldest byte that is kept.
 */
static inline u64 kpl_ring_oldest(const struct kpl_ring *ring)
{
	u64 reserved;

	/* Pairs with kpl_ring_push(). */
	smp_rmb();
	reserved = READ_ONCE(ring->shared->reserved);
	return reserved > ring->size ? reserved - ring->size : 0;
}

#endif /* KPL011_RING_H */
