// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "file.h"
#include "input.h"
#include "port.h"

static void who_set(struct kpl_who *who, struct pid *pid, const char *comm)
{
	put_pid(who->pid);
	who->pid = get_pid(pid);
	strscpy(who->comm, comm, sizeof(who->comm));
}

/**
 * kpl_input_take() - hold the input from now on
 * @file: the file, for the calling task
 * @force: from whoever holds it, who is told
 *
 * Return: 0, or EBUSY if another holds it.
 */
int kpl_input_take(struct kpl_file *file, bool force)
{
	struct kpl_port *port = file->port;
	struct kpl_file *loser;
	char comm[sizeof(current->comm)];
	int ret = 0;

	get_task_comm(comm, current);
	spin_lock(&port->lock);
	loser = port->input == file ? NULL : port->input;
	if (loser && !force) {
		ret = -EBUSY;
		goto out;
	}
	if (loser) {
		who_set(&loser->taker, task_tgid(current), comm);
		loser->input_lost = true;
	}
	who_set(&file->holder, task_tgid(current), comm);
	file->input_lost = false;
	port->input = file;
out:
	spin_unlock(&port->lock);
	if (!ret && loser)
		wake_up_interruptible_poll(&port->wake.wait, EPOLLPRI);
	return ret;
}

/**
 * kpl_input_give() - let go of the input
 * @file: the file, which may not hold it
 */
void kpl_input_give(struct kpl_file *file)
{
	struct kpl_port *port = file->port;

	spin_lock(&port->lock);
	if (port->input == file)
		port->input = NULL;
	spin_unlock(&port->lock);
}

/**
 * kpl_input_status() - tell a file who may type
 * @file: the file; that it lost the input it is told once
 * @args: its status, pid and comm are returned
 */
void kpl_input_status(struct kpl_file *file, struct kpl011_input *args)
{
	struct kpl_port *port = file->port;
	const struct kpl_who *who = NULL;

	args->status = 0;
	args->pid = 0;
	memset(args->comm, 0, sizeof(args->comm));

	spin_lock(&port->lock);
	if (port->input == file) {
		args->status |= KPL011_INPUT_MINE;
	} else if (port->input) {
		args->status |= KPL011_INPUT_OTHER;
		who = &port->input->holder;
	}
	if (file->input_lost) {
		args->status |= KPL011_INPUT_LOST;
		who = &file->taker;
	}
	file->input_lost = false;
	if (who) {
		args->pid = pid_vnr(who->pid);
		strscpy(args->comm, who->comm, sizeof(args->comm));
	}
	spin_unlock(&port->lock);
}

/**
 * kpl_input_close() - forget a file
 * @file: nobody uses it any more
 */
void kpl_input_close(struct kpl_file *file)
{
	kpl_input_give(file);
	put_pid(file->holder.pid);
	put_pid(file->taker.pid);
}
