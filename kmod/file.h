/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of a port, and what the port remembers of whoever uses it.
 *
 * Its position in the history is struct file.f_pos. The VFS gives each call a
 * copy of that and writes it back afterwards, except for files with
 * FMODE_STREAM, which these have. So only kpl_file_advance() and
 * kpl_file_seek() change the position, at once or not at all, and no lock is
 * held while bytes are copied or waited for.
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
 * struct kpl_who - a task, as it is shown to users of other files
 * @pid: its process, or NULL
 * @comm: name of the task, NUL-terminated
 */
struct kpl_who {
	struct pid *pid;
	char comm[KPL011_COMM_SIZE];
};

/**
 * struct kpl_file - an open file
 * @port: the port, on which the open file holds a reference
 * @file: the struct file that this belongs to
 * @flow: on port->flow.files while the file reads without loss
 * @flow_pos: how far it has read, while on @flow
 * @flow_new: the file joined @flow, or went back, since the UART was last held
 * @flow_stranger: it joined for a user who is neither the port's owner nor root
 * @flow_dropped: it was taken off @flow for being too slow, and was not told
 *		  yet
 * @holder: the task that took the input with this file
 * @taker: the task that took it from this file
 * @input_lost: @taker did so, and this file was not told yet
 * @input_takes: times that this file has become port->input; it may wrap
 *
 * port->lock protects all but @port and @file.
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
 * Return: its number for the calling task; 0 if it has none there or has ended,
 * since by now another process may have the number.
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
 * kpl_file_advance() - move a file's position, if it is still where it was
 * @pf: the file
 * @from: where it was
 * @to: where it is to be
 *
 * Of several callers that found it at @from and read on from there, one
 * succeeds. It does not matter whether the position has been elsewhere
 * meanwhile.
 *
 * Return: whether it was moved.
 */
static inline bool kpl_file_advance(struct kpl_file *pf, u64 from, u64 to)
{
	return cmpxchg(&pf->file->f_pos, (loff_t)from, (loff_t)to) == from;
}

ssize_t kpl_file_read(struct kpl_file *pf, char __user *buf, size_t count,
		      loff_t *ppos);
void kpl_file_seek(struct kpl_file *pf, u64 pos);
loff_t kpl_file_llseek(struct kpl_file *pf, loff_t offset, int whence);
int kpl_file_lines(struct kpl_file *pf, u64 lines, u64 *pos);

#endif /* KPL011_FILE_H */
