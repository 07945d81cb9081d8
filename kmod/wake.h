/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When those who sleep for a port's bytes are woken: at once by the first byte
 * after a pause; while the guest then continues to print, every KPL_WAKE_NS,
 * not for each byte.
 */
#ifndef KPL011_WAKE_H
#define KPL011_WAKE_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/poll.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/wait.h>

#define KPL_WAKE_NS	(4 * NSEC_PER_MSEC)

/**
 * struct kpl_wake - sleepers
 * @wait: readers for bytes, writers for room
 * @hungry: a reader found no byte at its position and wants to be woken
 * @last: ktime_get() when readers were last woken
 * @timer: wakes them KPL_WAKE_NS after @last
 */
struct kpl_wake {
	wait_queue_head_t wait;
	bool hungry;
	ktime_t last;
	struct hrtimer timer;
};

void kpl_wake_init(struct kpl_wake *wake);
void kpl_wake_stop(struct kpl_wake *wake);
void kpl_wake(struct kpl_wake *wake);
void kpl_wake_readers(struct kpl_wake *wake);

/**
 * kpl_wake_hungry() - a reader has found no byte
 * @wake: the sleepers
 *
 * The reader looks for bytes again after this: either it sees the new byte, or
 * whoever pushes that byte sees @hungry.
 */
static inline void kpl_wake_hungry(struct kpl_wake *wake)
{
	WRITE_ONCE(wake->hungry, true);
	/* Pairs with kpl_wake_is_hungry(). */
	smp_mb();
}

/**
 * kpl_wake_is_hungry() - whether a reader waits for a byte that was just pushed
 * @wake: the sleepers
 *
 * Return: whether kpl_wake_readers() is due; true only once for each
 * kpl_wake_hungry().
 */
static inline bool kpl_wake_is_hungry(struct kpl_wake *wake)
{
	/* Pairs with kpl_wake_hungry(). */
	smp_mb();
	return unlikely(READ_ONCE(wake->hungry)) && xchg(&wake->hungry, false);
}

#endif /* KPL011_WAKE_H */
