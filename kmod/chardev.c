// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "chardev.h"
#include "compat.h"
#include "file.h"
#include "flow.h"
#include "gfp.h"
#include "input.h"
#include "node.h"
#include "port.h"
#include "requests.h"

static int port_open(struct inode *inode, struct file *file)
{
	struct kpl_port *port = kpl_node_get(inode);
	struct kpl_file *pf;

	if (!port)
		return -ENXIO;
	if (file->f_mode & FMODE_WRITE && kpl_input_open(&port->input))
		goto out_put;
	pf = kzalloc(sizeof(*pf), KPL_GFP);
	if (!pf)
		goto out_put;
	pf->port = port;
	kpl_reader_init(&pf->reader, &port->stream, file);
	pf->typist.input = &port->input;
	atomic_inc(&port->files);
	file->private_data = pf;
	/*
	 * Keep the VFS from writing the position, see reader.h; pread(2) and
	 * lseek(2) still work.
	 */
	file->f_mode |= FMODE_STREAM;
	/* Whoever watches the directory must not learn when somebody types. */
	file->f_mode = (file->f_mode & ~KPL_FSNOTIFY_MASK) | FMODE_NONOTIFY;
	return 0;

out_put:
	put_device(&port->dev);
	return -ENOMEM;
}

static ssize_t port_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	struct kpl_file *pf = file->private_data;

	return kpl_reader_read(&pf->reader, buf, count, ppos);
}

static ssize_t port_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	u32 others = kpl_input_begin(&pf->typist);
	u8 bytes[128];
	size_t done = 0;

	while (done < count) {
		size_t n = min(count - done, sizeof(bytes));
		ssize_t taken;

		if (copy_from_user(bytes, buf + done, n))
			return done ?: -EFAULT;
		taken = kpl_port_write(port, &pf->typist, others, bytes, n);
		if (taken < 0)
			return done ?: taken;
		done += taken;
		if (taken == n)
			continue;

		if (file->f_flags & O_NONBLOCK)
			return done ?: -EAGAIN;
		if (wait_event_interruptible(port->stream.wake.wait,
					     !kpl_input_waits(&pf->typist, others)))
			return done ?: -ERESTARTSYS;
	}
	return done;
}

static __poll_t port_poll(struct file *file, poll_table *wait)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	__poll_t events = 0;

	poll_wait(file, &port->stream.wake.wait, wait);
	kpl_flow_advance(&pf->reader);

	if (kpl_stream_ended(&port->stream))
		events |= EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	else if (file->f_mode & FMODE_WRITE &&
		 (kpl_stream_is_closed(&port->stream) || kpl_input_writable(&port->input)))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (!kpl_stream_hungry(&port->stream, kpl_reader_pos(&pf->reader)))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(pf->typist.lost) || READ_ONCE(pf->reader.flow_dropped))
		events |= EPOLLPRI;
	return events;
}

static loff_t port_llseek(struct file *file, loff_t offset, int whence)
{
	struct kpl_file *pf = file->private_data;

	return kpl_reader_llseek(&pf->reader, offset, whence);
}

/* The ring, read-only: its positions and its bytes. */
static int port_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct kpl_file *pf = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	kpl_vm_flags_clear(vma, VM_MAYWRITE);
	return remap_vmalloc_range(vma, pf->port->stream.ring.shared, vma->vm_pgoff);
}

static int port_release(struct inode *inode, struct file *file)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;

	kpl_flow_leave(&pf->reader);
	kpl_input_forget(&pf->typist);
	kfree(pf);
	atomic_dec(&port->files);
	put_device(&port->dev);
	return 0;
}

const struct file_operations kpl_chardev_fops = {
	.owner = THIS_MODULE,
	.open = port_open,
	.read = port_read,
	.write = port_write,
	.poll = port_poll,
	.llseek = port_llseek,
	.mmap = port_mmap,
	.release = port_release,
	.unlocked_ioctl = kpl_requests_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
