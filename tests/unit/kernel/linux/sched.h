/* SPDX-License-Identifier: GPL-2.0-only */
/* The task that a test says is running. */
#ifndef UNIT_LINUX_SCHED_H
#define UNIT_LINUX_SCHED_H

#include <string.h>

#include <linux/pid.h>

struct task_struct {
	char comm[16];
	struct pid *process;
};

extern struct task_struct *current;

#define task_tgid(task)			((task)->process)
#define get_task_comm(buf, task)	((void)strcpy((buf), (task)->comm))

#endif
