/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of a port: what the port remembers of one who looks at it. Its
 * position in the history is the file's own, struct file.f_pos.
 */
#ifndef KPL011_FILE_H
#define KPL011_FILE_H

#include <linux/kpl011.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/types.h>

struct kpl_port;

/**
 * struct kpl_who - a task, as the users of other files are told of it
 * @pid: the process, or NULL
 * @comm: name of the task, NUL-terminated
 */
struct kpl_who {
	struct pid *pid;
	char comm[KPL011_COMM_SIZE];
};

/**
 * struct kpl_file - an open file
 * @port: the port; struct file holds it
 * @flow: on port->flow.files while the file reads without loss
 * @flow_pos: where it has read to, while on @flow
 * @flow_dropped: was taken off @flow for being too slow, and not told yet
 * @holder: who took the input with this file
 * @taker: who took it from this file
 * @input_lost: @taker has not been told yet
 *
 * All but @port is under port->lock.
 */
struct kpl_file {
	struct kpl_port *port;
	struct list_head flow;
	u64 flow_pos;
	bool flow_dropped;
	struct kpl_who holder;
	struct kpl_who taker;
	bool input_lost;
};

/**
 * kpl_pid_nr() - the number of a process
 * @pid: the process, or NULL
 *
 * Return: its number for the calling task, or 0: it has none there, or it has
 * ended, and another process may have its number by now.
 */
static inline pid_t kpl_pid_nr(struct pid *pid)
{
	return pid && pid_has_task(pid, PIDTYPE_TGID) ? pid_vnr(pid) : 0;
}

#endif /* KPL011_FILE_H */
