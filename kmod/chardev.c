// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "chardev.h"
#include "compat.h"
#include "file.h"
#include "flow.h"
#include "gfp.h"
#include "input.h"
#include "port.h"
#include "requests.h"
#include "sysfs.h"

#define CHARDEV_MINORS	(MINORMASK + 1)
#define CHARDEV_CHUNK	4096	/* bytes copied before checking for loss */
#define CHARDEV_CHUNK_MIN 64	/* the same, when the guest catches up */

static dev_t chardev_base;
static struct cdev *chardev;	/* of all minors */

/*
 * The ports by minor. A minor is reused as late as possible: somebody else may
 * have made nodes for it that outlive its port.
 */
static DEFINE_XARRAY_FLAGS(chardev_ports, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
static u32 chardev_next;

/* The port of a node, with a reference for put_device(), or NULL. */
static struct kpl_port *chardev_get(const struct inode *inode)
{
	struct kpl_port *port;

	xa_lock(&chardev_ports);
	port = xa_load(&chardev_ports, iminor(inode));
	if (port)
		get_device(&port->dev);
	xa_unlock(&chardev_ports);
	return port;
}

static int port_open(struct inode *inode, struct file *file)
{
	struct kpl_port *port = chardev_get(inode);
	struct kpl_file *pf;

	if (!port)
		return -ENXIO;
	if (file->f_mode & FMODE_WRITE && kpl_input_open(port))
		goto out_put;
	pf = kzalloc(sizeof(*pf), KPL_GFP);
	if (!pf)
		goto out_put;
	pf->port = port;
	pf->file = file;
	INIT_LIST_HEAD(&pf->flow);
	atomic_inc(&port->files);
	file->private_data = pf;
	/*
	 * Keep the VFS from writing the position, see file.h; pread(2) and
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

/* Whether a read(2), or a pread(2) at *@ppos, finds a byte or the end. */
static bool readable(struct kpl_file *pf, const loff_t *ppos)
{
	u64 pos = ppos ? *ppos : kpl_file_pos(pf);

	return !kpl_port_hungry(pf->port, pos) || kpl_port_ended(pf->port);
}

/* Wait until readable(). Returns 0, EAGAIN or ERESTARTSYS. */
static int wait_readable(struct kpl_file *pf, const loff_t *ppos)
{
	if (readable(pf, ppos))
		return 0;
	if (pf->file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(pf->port->wake.wait,
					readable(pf, ppos));
}

/*
 * Copy what there is from *@pos on. Lost bytes are skipped at most once, and
 * only before the first byte copied. Moves *@pos past what was copied.
 */
static ssize_t copy_bytes(struct kpl_ring *ring, u64 *pos, char __user *buf,
			  size_t count)
{
	size_t chunk = CHARDEV_CHUNK;
	size_t done = 0;

	while (done < count) {
		const u8 *bytes;
		u64 at = *pos;
		size_t n;

		n = kpl_ring_peek(ring, &at, &bytes);
		if (!n || (done && at != *pos))
			break;

		n = min3(n, count - done, chunk);
		if (copy_to_user(buf + done, bytes, n))
			return done ?: -EFAULT;
		if (kpl_ring_oldest(ring) > at) {
			/* Overwritten during the copy: copy less at a time. */
			if (done)
				break;
			if (signal_pending(current))
				return -ERESTARTSYS;
			chunk = CHARDEV_CHUNK_MIN;
			cond_resched();
			continue;
		}
		*pos = at + n;
		done += n;
		chunk = min_t(size_t, chunk * 2, CHARDEV_CHUNK);
	}
	return done;
}

/*
 * @ppos is NULL except for pread(2). Threads that read(2) from the same
 * position copy the same bytes. The one that then moves the position returns
 * them; the others read again from where it is now.
 */
static ssize_t port_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	bool ended, again;
	ssize_t done;
	u64 from, pos;

	if (!count)
		return 0;
	/* The caller has read what its last call returned. */
	kpl_flow_advance(pf);
	do {
		done = wait_readable(pf, ppos);
		if (done)
			return done;
		/* Look for the end first: after it, no more bytes come. */
		ended = kpl_port_ended(port);
		from = ppos ? *ppos : kpl_file_pos(pf);
		pos = from;
		done = copy_bytes(&port->ring, &pos, buf, count);
		if (done < 0)
			return done;
		again = !done && !ended;
		if (done && !ppos && !kpl_file_advance(pf, from, pos)) {
			if (signal_pending(current))
				return -ERESTARTSYS;
			again = true;
		}
	} while (again);
	if (ppos)
		*ppos = pos;

	/* A short read says that there are no more bytes for now. */
	if (done < count) {
		kpl_port_expect(port, pos);
		kpl_flow_pause(pf);
	}
	return done;
}

static ssize_t port_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	u32 others = kpl_input_begin(pf);
	u8 bytes[128];
	size_t done = 0;

	while (done < count) {
		size_t n = min(count - done, sizeof(bytes));
		ssize_t taken;

		if (copy_from_user(bytes, buf + done, n))
			return done ?: -EFAULT;
		taken = kpl_input_write(pf, others, bytes, n);
		if (taken < 0)
			return done ?: taken;
		done += taken;
		if (taken == n)
			continue;

		if (file->f_flags & O_NONBLOCK)
			return done ?: -EAGAIN;
		if (wait_event_interruptible(port->wake.wait,
					     !kpl_input_waits(pf, others)))
			return done ?: -ERESTARTSYS;
	}
	return done;
}

static __poll_t port_poll(struct file *file, poll_table *wait)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	__poll_t events = 0;

	poll_wait(file, &port->wake.wait, wait);
	kpl_flow_advance(pf);

	if (kpl_port_ended(port))
		events |= EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	else if (file->f_mode & FMODE_WRITE &&
		 (!kpl_port_live(port) || kpl_input_writable(port)))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (!kpl_port_hungry(port, kpl_file_pos(pf)))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(pf->input_lost) || READ_ONCE(pf->flow_dropped))
		events |= EPOLLPRI;
	return events;
}

/* What follows once the position was set. */
static void file_moved(struct kpl_file *pf, u64 pos)
{
	kpl_flow_move(pf);
	/* Others may sleep in a read(2) or poll(2) of this file. */
	kpl_port_expect(pf->port, pos);
}

/**
 * kpl_file_seek() - set a file's position
 * @pf: the file
 * @pos: where to read next
 */
void kpl_file_seek(struct kpl_file *pf, u64 pos)
{
	xchg(&pf->file->f_pos, (loff_t)pos);
	file_moved(pf, pos);
}

static loff_t port_llseek(struct file *file, loff_t offset, int whence)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;
	loff_t from, newest, pos;

	/* This only asks for the position. */
	if (whence == SEEK_CUR && !offset)
		return kpl_file_pos(pf);
	do {
		from = kpl_file_pos(pf);
		newest = kpl_ring_head(&port->ring);
		switch (whence) {
		case SEEK_SET:
			pos = offset;
			break;
		case SEEK_CUR:
			if (check_add_overflow(from, offset, &pos))
				return -EINVAL;
			break;
		case SEEK_END:
			if (check_add_overflow(newest, offset, &pos))
				return -EINVAL;
			break;
		case SEEK_DATA:
			if (offset < 0 || offset >= newest)
				return -ENXIO;
			pos = max_t(loff_t, offset, kpl_ring_oldest(&port->ring));
			/* The guest may have printed more than a ring since. */
			newest = kpl_ring_head(&port->ring);
			break;
		default:
			return -EINVAL;
		}
		if (pos < 0 || pos > newest)
			return -EINVAL;
	} while (!kpl_file_advance(pf, from, pos));
	file_moved(pf, pos);
	return pos;
}

/* The ring, read-only: its positions and its bytes. */
static int port_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct kpl_file *pf = file->private_data;

	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	kpl_vm_flags_clear(vma, VM_MAYWRITE);
	return remap_vmalloc_range(vma, pf->port->ring.shared, vma->vm_pgoff);
}

static int port_release(struct inode *inode, struct file *file)
{
	struct kpl_file *pf = file->private_data;
	struct kpl_port *port = pf->port;

	kpl_flow_leave(pf);
	kpl_input_close(pf);
	kfree(pf);
	atomic_dec(&port->files);
	put_device(&port->dev);
	return 0;
}

static const struct file_operations port_fops = {
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

/**
 * kpl_chardev_init() - give a new port its device
 * @port: from kpl_port_create(); from now on put_device() frees it
 */
void kpl_chardev_init(struct kpl_port *port)
{
	device_initialize(&port->dev);
	device_set_pm_not_required(&port->dev);
	port->dev.class = &kpl_class;
	port->dev.type = &kpl_port_type;
}

/**
 * kpl_chardev_add() - add a port's node and its directory in sysfs
 * @port: the port, which has its number
 *
 * Until kpl_chardev_show(), nobody can open the node (ENXIO), and no uevent
 * announces it.
 *
 * Return: 0, ENOSPC (2^20 ports have a node), ENOMEM, or an error of
 * device_add().
 */
int kpl_chardev_add(struct kpl_port *port)
{
	u32 minor;
	int ret;

	ret = dev_set_name(&port->dev, "%u", port->id);
	if (ret)
		return ret;
	ret = xa_alloc_cyclic(&chardev_ports, &minor, NULL,
			      XA_LIMIT(0, CHARDEV_MINORS - 1), &chardev_next,
			      KPL_GFP);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	port->dev.devt = MKDEV(MAJOR(chardev_base), minor);
	dev_set_uevent_suppress(&port->dev, true);
	ret = device_add(&port->dev);
	if (ret)
		goto out_erase;
	ret = kpl_sysfs_own(port);
	if (ret)
		goto out_del;
	return 0;

out_del:
	device_del(&port->dev);
out_erase:
	xa_erase(&chardev_ports, minor);
	return ret;
}

/**
 * kpl_chardev_show() - show a port to user space
 * @port: attached, and from kpl_chardev_add()
 *
 * By the time of the uevent, the owner's files belong to the owner.
 */
void kpl_chardev_show(struct kpl_port *port)
{
	/* The entry is there already: no memory is needed. */
	xa_store(&chardev_ports, MINOR(port->dev.devt), port, 0);
	dev_set_uevent_suppress(&port->dev, false);
	kobject_uevent(&port->dev.kobj, KOBJ_ADD);
}

/**
 * kpl_chardev_del() - hide a port from user space
 * @port: from kpl_chardev_add()
 *
 * Files that are open on it remain usable.
 */
void kpl_chardev_del(struct kpl_port *port)
{
	device_del(&port->dev);
	xa_erase(&chardev_ports, MINOR(port->dev.devt));
}

/**
 * kpl_chardev_init_class() - register the class and the device numbers
 *
 * Return: 0, ENOMEM, or an error of alloc_chrdev_region(), class_register() or
 * cdev_add().
 */
int __init kpl_chardev_init_class(void)
{
	int ret;

	ret = alloc_chrdev_region(&chardev_base, 0, CHARDEV_MINORS, "kpl011");
	if (ret)
		return ret;
	ret = class_register(&kpl_class);
	if (ret)
		goto out_region;
	chardev = cdev_alloc();
	if (!chardev) {
		ret = -ENOMEM;
		goto out_class;
	}
	chardev->ops = &port_fops;
	chardev->owner = THIS_MODULE;
	ret = cdev_add(chardev, chardev_base, CHARDEV_MINORS);
	if (ret)
		goto out_cdev;
	return 0;

out_cdev:
	cdev_del(chardev);
out_class:
	class_unregister(&kpl_class);
out_region:
	unregister_chrdev_region(chardev_base, CHARDEV_MINORS);
	return ret;
}

/**
 * kpl_chardev_exit_class() - undo kpl_chardev_init_class()
 *
 * All nodes are gone by now.
 */
void kpl_chardev_exit_class(void)
{
	cdev_del(chardev);
	class_unregister(&kpl_class);
	unregister_chrdev_region(chardev_base, CHARDEV_MINORS);
	xa_destroy(&chardev_ports);
}
