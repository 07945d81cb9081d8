// SPDX-License-Identifier: GPL-2.0-only
#include "compat.h"
#include "wake.h"

/**
 * kpl_wake() - wake those who sleep for a port
 * @wake: the sleepers
 *
 * This wakes all of them, even those with EPOLLEXCLUSIVE: each has a file of
 * its own, and none learns what another one is told. The events depend on the
 * file, so none are named here: io_uring(7) and AIO would take the named ones
 * for the file's, and not poll it.
 *
 * Context: any that may take a wait queue's lock.
 */
void kpl_wake(struct kpl_wake *wake)
{
	__wake_up(&wake->wait, TASK_INTERRUPTIBLE, 0, NULL);
}

static void wake_now(struct kpl_wake *wake)
{
	WRITE_ONCE(wake->last, ktime_get());
	kpl_wake(wake);
}

static enum hrtimer_restart wake_timer(struct hrtimer *timer)
{
	wake_now(container_of(timer, struct kpl_wake, timer));
	return HRTIMER_NORESTART;
}

/**
 * kpl_wake_init() - start without sleepers
 * @wake: the sleepers
 */
void kpl_wake_init(struct kpl_wake *wake)
{
	init_waitqueue_head(&wake->wait);
	kpl_hrtimer_setup(&wake->timer, wake_timer, CLOCK_MONOTONIC,
			  HRTIMER_MODE_REL_SOFT);
}

/**
 * kpl_wake_stop() - wake nobody any more
 * @wake: the sleepers; no more bytes come
 */
void kpl_wake_stop(struct kpl_wake *wake)
{
	hrtimer_cancel(&wake->timer);
}

/**
 * kpl_wake_readers() - wake readers, now or KPL_WAKE_NS after the last time
 * @wake: the sleepers, one of whom wants to be woken for bytes
 *
 * Context: any that may take a wait queue's lock.
 */
void kpl_wake_readers(struct kpl_wake *wake)
{
	ktime_t since = ktime_sub(ktime_get(), READ_ONCE(wake->last));

	if (since >= KPL_WAKE_NS)
		wake_now(wake);
	else if (!hrtimer_is_queued(&wake->timer))
		hrtimer_start(&wake->timer, ns_to_ktime(KPL_WAKE_NS - since),
			      HRTIMER_MODE_REL_SOFT);
}
