// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each function here copies its structure in, checks it, calls the part of the
 * module that does the work, and copies the structure out. What the ioctls mean
 * is in uapi/linux/kpl011.h.
 */
#include <linux/bits.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kpl011.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pid_namespace.h>
#include <linux/string.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "file.h"
#include "flow.h"
#include "input.h"
#include "ioctl.h"
#include "kvm.h"
#include "pl011.h"
#include "port.h"
#include "registry.h"
#include "requests.h"
#include "who.h"

#define MARKS_CHUNK	16	/* marks copied under the lock */

#define INJECT_MASK	(PL011_DR_OE | PL011_BREAK | PL011_DR_PE | 0xff)

/* The owner of a port, and root, may know all of it through any file. */
static bool owns(const struct kpl_port *port)
{
	return uid_eq(current_fsuid(), kpl_vm_owner(port->vm)) ||
	       ns_capable_noaudit(&init_user_ns, CAP_DAC_READ_SEARCH);
}

/*
 * A user who may read a port, but not type at it, must not learn what is typed,
 * such as a password, nor when.
 */
static void info_hide_input(struct kpl011_info *info)
{
	info->rx_bytes = 0;
	info->rx_queued = 0;
	info->rx_breaks = 0;
	info->interrupts = 0;
	info->reads = 0;
	info->writes = 0;
	info->page_maps = 0;
	info->page_unmaps = 0;
	info->page_cleans = 0;
	/* It is mapped again some time after each key. */
	if (info->page == KPL011_PAGE_MAPPED)
		info->page = KPL011_PAGE_UNMAPPED;
	memset(info->reads_of, 0, sizeof(info->reads_of));
	memset(info->writes_of, 0, sizeof(info->writes_of));
}

/* Converts a time of the host to CLOCK_BOOTTIME of the caller. */
static u64 time_out(u64 ns)
{
	return timens_add_boottime_ns(ns);
}

/*
 * The reverse. A time from before the zero of the caller's clock is negative;
 * from before the zero of the host's there is nothing.
 */
static u64 time_in(u64 ns)
{
	s64 offset = timens_add_boottime_ns(0);
	s64 host;

	if (check_sub_overflow((s64)ns, offset, &host))
		return offset > 0 ? 0 : S64_MAX;
	return max_t(s64, host, 0);
}

/* Where output is, and from when, is for those who may read it. */
static bool may_read(const struct file *file, const struct kpl_port *port)
{
	return file->f_mode & FMODE_READ || owns(port);
}

static int request_info(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	struct kpl011_info info;
	int ret;

	ret = kpl_ioctl_copy_in(&info, sizeof(info),
				offsetof(struct kpl011_info, attach_flags), 0,
				user);
	if (ret)
		return ret;
	kpl_vm_see_notes(port->vm);
	kpl_port_info(port, &info);
	info.attach_ns = time_out(info.attach_ns);
	if (info.death_ns)
		info.death_ns = time_out(info.death_ns);
	if (!(file->f_mode & FMODE_WRITE) && !owns(port))
		info_hide_input(&info);
	info.pid = kpl_pid_nr(kpl_vm_pid(port->vm));
	info.uid = from_kuid_munged(current_user_ns(), kpl_vm_owner(port->vm));
	return kpl_ioctl_copy_out(user, &info, sizeof(info));
}

static int request_break(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_break args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_port_inject(pf->port, &pf->typist, PL011_BREAK);
}

static int request_inject(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_inject args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (args.character & ~INJECT_MASK || args.pad)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_port_inject(pf->port, &pf->typist, args.character);
}

static int request_reap(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_reap args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_registry_reap(pf->port);
}

static int request_detach(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_detach args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = kpl_port_detach(pf->port);
	if (!ret)
		kpl_registry_settle(pf->port);
	return ret;
}

static int request_seek(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	struct kpl011_seek args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (args.pad)
		return -EINVAL;
	switch (args.whence) {
	case KPL011_SEEK_OLDEST:
	case KPL011_SEEK_NEWEST:
		if (args.arg)
			return -EINVAL;
		args.pos = args.whence == KPL011_SEEK_OLDEST ?
				   kpl_ring_oldest(&port->stream.ring) :
				   kpl_ring_head(&port->stream.ring);
		break;
	case KPL011_SEEK_LINES:
		if (!may_read(file, port))
			return -EBADF;
		ret = kpl_reader_lines(&pf->reader, args.arg, &args.pos);
		if (ret)
			return ret;
		break;
	case KPL011_SEEK_TIME:
		if (!may_read(file, port))
			return -EBADF;
		args.pos = kpl_stream_at_time(&port->stream, time_in(args.arg));
		break;
	default:
		return -EINVAL;
	}
	ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
	if (ret)
		return ret;
	kpl_reader_seek(&pf->reader, args.pos);
	return 0;
}

static int request_marks(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	struct kpl011_mark chunk[MARKS_CHUNK];
	struct kpl011_mark __user *to;
	struct kpl011_marks args;
	unsigned int done, n, i;
	u64 next;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!args.count || args.count > KPL011_MARKS_MAX || args.pad)
		return -EINVAL;
	if (!may_read(file, port))
		return -EBADF;

	next = kpl_stream_marks_at(&port->stream, args.pos);
	to = u64_to_user_ptr(args.marks);
	for (done = 0; done < args.count; done += n) {
		n = kpl_stream_marks(&port->stream, &next, chunk,
				     min_t(u32, args.count - done, MARKS_CHUNK));
		if (!n)
			break;
		for (i = 0; i < n; i++)
			chunk[i].ns = time_out(chunk[i].ns);
		if (copy_to_user(to + done, chunk, n * sizeof(*chunk)))
			return -EFAULT;
	}
	args.count = done;
	return kpl_ioctl_copy_out(user, &args, sizeof(args));
}

static int request_input(struct file *file, void __user *user)
{
	const u32 take = KPL011_INPUT_TAKE, force = KPL011_INPUT_FORCE;
	const u32 give = KPL011_INPUT_GIVE;
	struct kpl_file *pf = file->private_data;
	struct kpl011_input args;
	int ret, busy = 0;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), take | force | give,
				user);
	if (ret)
		return ret;
	if ((args.flags & take && args.flags & give) ||
	    (args.flags & force && !(args.flags & take)))
		return -EINVAL;
	if (args.flags & take && !(file->f_mode & FMODE_WRITE))
		return -EBADF;

	/* The answer goes first: if it cannot be given, nothing is done. */
	if (args.flags & take) {
		args.status = KPL011_INPUT_MINE;
		args.pid = 0;
		memset(args.comm, 0, sizeof(args.comm));
		ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
		if (ret)
			return ret;
		busy = kpl_input_take(&pf->typist, args.flags & force);
		if (!busy)
			return 0;
	}
	kpl_input_status(&pf->typist, &args);
	if (args.flags & give)
		args.status &= ~KPL011_INPUT_MINE;
	ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
	if (ret) {
		if (args.status & KPL011_INPUT_LOST)
			kpl_input_untell(&pf->typist);
		return ret;
	}
	if (args.flags & give)
		kpl_input_give(&pf->typist);
	return busy;
}

static int request_flow(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_flow args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), KPL011_FLOW_ON | KPL011_FLOW_OFF,
				user);
	if (ret)
		return ret;
	if (args.pad || (args.flags & KPL011_FLOW_ON &&
			 args.flags & KPL011_FLOW_OFF))
		return -EINVAL;
	if (args.flags & KPL011_FLOW_ON && !(file->f_mode & FMODE_READ))
		return -EBADF;

	if (args.flags & KPL011_FLOW_ON && pf->port->attach_flags & KPL011_ATTACH_NO_FLOW)
		return -EPERM;

	/* As with KPL011_INPUT. */
	if (args.flags & KPL011_FLOW_ON)
		args.status = KPL011_FLOW_LOSSLESS;
	else if (args.flags & KPL011_FLOW_OFF)
		args.status = 0;
	else
		args.status = kpl_flow_status(&pf->reader);
	ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
	if (ret) {
		if (args.status & KPL011_FLOW_DROPPED)
			kpl_flow_untell(&pf->reader);
		return ret;
	}
	if (args.flags & KPL011_FLOW_ON)
		return kpl_flow_join(&pf->reader, !owns(pf->port));
	if (args.flags & KPL011_FLOW_OFF)
		kpl_flow_leave(&pf->reader);
	return 0;
}

static int request_modem(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_pl011 *dev = &pf->port->pl011;
	struct kpl011_modem args;
	u32 inputs;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), KPL011_MODEM_SET,
				user);
	if (ret)
		return ret;
	if (args.flags & KPL011_MODEM_SET) {
		if (args.inputs & ~PL011_FR_MODEM)
			return -EINVAL;
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
	}
	kpl_pl011_lines(dev, &inputs, &args.outputs);
	if (!(args.flags & KPL011_MODEM_SET))
		args.inputs = inputs;
	ret = kpl_ioctl_copy_out(user, &args, sizeof(args));
	if (ret || !(args.flags & KPL011_MODEM_SET))
		return ret;
	return kpl_pl011_modem(dev, args.inputs);
}

static int request_reset(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_reset args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_pl011_reset(&pf->port->pl011);
}

static int request_state_get(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_state args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	/* The state has what was typed, and what was printed. */
	if ((file->f_mode & (FMODE_READ | FMODE_WRITE)) !=
		    (FMODE_READ | FMODE_WRITE) && !owns(pf->port))
		return -EBADF;
	kpl_pl011_save(&pf->port->pl011, &args.uart);
	return kpl_ioctl_copy_out(user, &args, sizeof(args));
}

static int request_state_set(struct file *file, void __user *user)
{
	struct kpl_file *pf = file->private_data;
	struct kpl011_state args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_pl011_restore(&pf->port->pl011, &args.uart);
}

/**
 * kpl_requests_ioctl() - file_operations.unlocked_ioctl of a port
 * @file: the file
 * @cmd: KPL011_*
 * @arg: address of its structure
 *
 * Return: 0, or an error that uapi/linux/kpl011.h names.
 */
long kpl_requests_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	static const struct {
		unsigned int cmd;
		int (*fn)(struct file *file, void __user *user);
	} requests[] = {
		{ KPL011_INFO, request_info },
		{ KPL011_BREAK, request_break },
		{ KPL011_REAP, request_reap },
		{ KPL011_DETACH, request_detach },
		{ KPL011_SEEK, request_seek },
		{ KPL011_MARKS, request_marks },
		{ KPL011_INPUT, request_input },
		{ KPL011_FLOW, request_flow },
		{ KPL011_MODEM, request_modem },
		{ KPL011_INJECT, request_inject },
		{ KPL011_RESET, request_reset },
		{ KPL011_STATE_GET, request_state_get },
		{ KPL011_STATE_SET, request_state_set },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++)
		if (requests[i].cmd == cmd)
			return requests[i].fn(file, (void __user *)arg);
	return -ENOTTY;
}
