/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of a port: what the port remembers of one who looks at it.
 *
 * Its position in the history is struct file.f_pos. The VFS takes a copy of
 * that for each call and writes it back afterwards, but not where FMODE_STREAM
 * is set, as it is here: the position is changed below alone, at once or not at
 * all, and no lock is held while bytes are copied or waited for.
 */
#ifndef KPL011_FILE_H
#define KPL011_FILE_H

#include <linux/atomic.h>
#include <linux/fs.h>
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
 * @file: the file that this is of
 * @flow: on port->flow.files while the file reads without loss
 * @flow_pos: where it has read to, while on @flow
 * @flow_new: came to @flow, or went back, since the UART was held last
 * @flow_stranger: who asked for @flow does not own the port
 * @flow_dropped: was taken off @flow for being too slow, and not told yet
 * @holder: who took the input with this file
 * @taker: who took it from this file
 * @input_lost: @taker has not been told yet
 * @input_takes: times that this file has become port->input; it may wrap
 *
 * All but @port and @file is under port->lock.
 */
struct kpl_file {
	struct kpl_port *port;
	struct file *file;
	struct list_head flow;
	u64 flow_pos;
	bool flow_new;
	bool flow_stranger;
	bool flow_dropped;
	struct kpl_who holder;
	struct kpl_who taker;
	bool input_lost;
	u32 input_takes;
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

/**
 * kpl_file_pos() - where a file reads next
 * @pf: the file
 *
 * Return: the position; it may change right after.
 */
static inline u64 kpl_file_pos(const struct kpl_file *pf)
{
	return READ_ONCE(pf->file->f_pos);
}

/**
 * kpl_file_advance() - change a file's position, if it is what it was
 * @pf: the file
 * @from: what it was
 * @to: what it shall be
 *
 * Of those who found it at @from and would go on from there one succeeds. It
 * does not matter if it has been elsewhere meanwhile.
 *
 * Return: whether it was changed.
 */
static inline bool kpl_file_advance(struct kpl_file *pf, u64 from, u64 to)
{
	return cmpxchg(&pf->file->f_pos, (loff_t)from, (loff_t)to) == from;
}

void kpl_file_seek(struct kpl_file *pf, u64 pos);

#endif /* KPL011_FILE_H */
