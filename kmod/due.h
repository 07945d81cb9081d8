/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Something that is to be done at a time, by a task: only a task may drive an
 * interrupt line, since KVM may have to call other CPUs for it.
 *
 * The owner's function looks under the owner's lock whether the time has come,
 * does what is due, and starts the timer again if there is a next time.
 */
#ifndef KPL011_DUE_H
#define KPL011_DUE_H

#include <linux/hrtimer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* A time that never comes. */
#define KPL_NEVER	U64_MAX

/**
 * struct kpl_due - what is due at a time
 * @timer: fires at @at, or a little later
 * @work: calls the owner's function then
 * @at: ktime_get_ns(), or KPL_NEVER; under the owner's lock
 */
struct kpl_due {
	struct hrtimer timer;
	struct work_struct work;
	u64 at;
};

void kpl_due_init(struct kpl_due *due, work_func_t fn);
void kpl_due_start(struct kpl_due *due);
void kpl_due_stop(struct kpl_due *due);

#endif /* KPL011_DUE_H */
