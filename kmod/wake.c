// SPDX-License-Identifier: GPL-2.0-only
#include "compat.h"
#include "wake.h"

/**
 * kpl_wake() - something has changed that sleepers may wait for
 * @wake: the sleepers
 *
 * It wakes all of them, those with EPOLLEXCLUSIVE too: they have files of their
 * own, and what one of them was told no other one was. What each of them would
 * be told depends on its file, so that no events are named here: io_uring(7) and
 * AIO would take them for what their file says, and not ask it.
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
 * kpl_wake_init() - nobody sleeps
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
 * @wake: the sleepers; no byte will come
 */
void kpl_wake_stop(struct kpl_wake *wake)
{
	hrtimer_cancel(&wake->timer);
}

/**
 * kpl_wake_readers() - there are bytes for somebody who wants them
 * @wake: the sleepers
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
