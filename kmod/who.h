/* SPDX-License-Identifier: GPL-2.0-only */
/* Who uses a port, as it is shown to users of other files. */
#ifndef KPL011_WHO_H
#define KPL011_WHO_H

#include <linux/kpl011.h>
#include <linux/pid.h>
#include <linux/types.h>

/**
 * struct kpl_who - a task, as it is shown to users of other files
 * @pid: its process, or NULL
 * @comm: name of the task, NUL-terminated
 */
struct kpl_who {
	struct pid *pid;
	char comm[KPL011_COMM_SIZE];
};

/**
 * kpl_pid_nr() - the number of a process
 * @pid: the process, or NULL
 *
 * Return: its number for the calling task; 0 if it has none there or has ended,
 * since by now another process may have the number.
 */
static inline pid_t kpl_pid_nr(struct pid *pid)
{
	return pid && pid_has_task(pid, PIDTYPE_TGID) ? pid_vnr(pid) : 0;
}

#endif /* KPL011_WHO_H */
