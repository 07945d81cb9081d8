// SPDX-License-Identifier: GPL-2.0-only
#include "compat.h"
#include "due.h"

/*
 * Use a queue of the kernel's that has many users. Anyone may read the names of
 * kernel threads; a thread of the module's own would show when something is
 * typed.
 */
static enum hrtimer_restart due_timer(struct hrtimer *timer)
{
	queue_work(kpl_system_wq, &container_of(timer, struct kpl_due, timer)->work);
	return HRTIMER_NORESTART;
}

/**
 * kpl_due_init() - start with a time that never comes
 * @due: what is due then
 * @fn: does it; called with @due->work
 */
void kpl_due_init(struct kpl_due *due, work_func_t fn)
{
	due->at = KPL_NEVER;
	kpl_hrtimer_setup(&due->timer, due_timer, CLOCK_MONOTONIC,
			  HRTIMER_MODE_ABS_SOFT);
	INIT_WORK(&due->work, fn);
}

/**
 * kpl_due_start() - start the timer, unless the time is KPL_NEVER
 * @due: its @at has changed; the caller holds the owner's lock
 */
void kpl_due_start(struct kpl_due *due)
{
	if (due->at != KPL_NEVER)
		hrtimer_start(&due->timer, ns_to_ktime(due->at),
			      HRTIMER_MODE_ABS_SOFT);
}

/**
 * kpl_due_stop() - wait until the owner's function is not called any more
 * @due: its @at is KPL_NEVER, set under the owner's lock, and remains so:
 *	 otherwise the work would restart the timer, and the timer the work
 */
void kpl_due_stop(struct kpl_due *due)
{
	hrtimer_cancel(&due->timer);
	cancel_work_sync(&due->work);
}
