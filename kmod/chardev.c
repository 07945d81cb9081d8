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

static ssize_t port_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	return kpl_file_read(file->private_data, buf, count, ppos);
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

static loff_t port_llseek(struct file *file, loff_t offset, int whence)
{
	return kpl_file_llseek(file->private_data, offset, whence);
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
