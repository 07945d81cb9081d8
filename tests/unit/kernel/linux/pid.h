/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that a test has, and counts the references on. */
#ifndef UNIT_LINUX_PID_H
#define UNIT_LINUX_PID_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum pid_type { PIDTYPE_TGID };

struct pid {
	pid_t number;
	int refs;
};

static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		pid->refs++;
	return pid;
}

static inline void put_pid(struct pid *pid)
{
	if (pid)
		pid->refs--;
}

static inline bool pid_has_task(struct pid *pid, enum pid_type type)
{
	return type == PIDTYPE_TGID && pid->refs > 0;
}

static inline pid_t pid_vnr(struct pid *pid)
{
	return pid->number;
}

#endif
