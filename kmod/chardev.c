// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <uapi/linux/kpl011.h>

#include "chardev.h"
#include "ioctl.h"
#include "kvm.h"
#include "port.h"
#include "registry.h"
#include "sysfs.h"

#define CHARDEV_MINORS	65536
#define CHARDEV_CHUNK	4096	/* bytes copied before they are checked */
#define CHARDEV_CHUNK_MIN 64	/* the same, where the guest is just behind */

static dev_t chardev_base;
static DEFINE_IDA(chardev_minors);

static int port_open(struct inode *inode, struct file *file)
{
	file->private_data = container_of(inode->i_cdev, struct kpl_port, cdev);
	return 0;
}

/* Wait for a byte at @pos or the end. Returns 0, or why there is none. */
static int wait_readable(struct file *file, struct kpl_port *port, u64 pos)
{
	if (!kpl_port_hungry(port, pos) || !kpl_port_live(port))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(port->wait,
					!kpl_port_hungry(port, pos) ||
					!kpl_port_live(port));
}

/*
 * Copy from *@pos on what there is, with at most one jump over lost bytes, and
 * that one before the first byte. Moves *@pos behind what was copied.
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
			/* Overwritten meanwhile: stay closer to the guest. */
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

static ssize_t port_read(struct file *file, char __user *buf, size_t count,
			 loff_t *ppos)
{
	struct kpl_port *port = file->private_data;
	u64 pos = *ppos;
	ssize_t ret;
	bool live;

	if (!count)
		return 0;
	do {
		ret = wait_readable(file, port, pos);
		if (ret)
			return ret;
		live = kpl_port_live(port);
		/* A port that is dead gets no more bytes: look for them last. */
		smp_rmb();
		ret = copy_bytes(&port->ring, &pos, buf, count);
	} while (!ret && live);

	*ppos = pos;
	return ret;
}

static ssize_t port_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct kpl_port *port = file->private_data;
	u8 bytes[128];
	size_t done = 0;

	while (done < count) {
		size_t n = min(count - done, sizeof(bytes));
		size_t taken;

		if (copy_from_user(bytes, buf + done, n))
			return done ?: -EFAULT;
		taken = kpl_port_input(port, bytes, n);
		done += taken;
		if (taken == n)
			continue;

		if (!kpl_port_live(port))
			return done ?: -ENODEV;
		if (file->f_flags & O_NONBLOCK)
			return done ?: -EAGAIN;
		if (wait_event_interruptible(port->wait,
					     kpl_port_rx_room(port, KPL_PORT_RX_ROOM) ||
					     !kpl_port_live(port)))
			return done ?: -ERESTARTSYS;
	}
	return done;
}

static __poll_t port_poll(struct file *file, poll_table *wait)
{
	struct kpl_port *port = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &port->wait, wait);

	if (!kpl_port_live(port))
		events |= EPOLLHUP | EPOLLIN | EPOLLRDNORM;
	else if (kpl_port_rx_room(port, KPL_PORT_RX_ROOM))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (!kpl_port_hungry(port, READ_ONCE(file->f_pos)))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static loff_t port_llseek(struct file *file, loff_t offset, int whence)
{
	struct kpl_port *port = file->private_data;
	loff_t newest = kpl_ring_head(&port->ring);
	loff_t oldest = kpl_ring_oldest(&port->ring);
	loff_t pos;

	switch (whence) {
	case SEEK_SET:
		pos = offset;
		break;
	case SEEK_CUR:
		if (check_add_overflow(file->f_pos, offset, &pos))
			return -EINVAL;
		break;
	case SEEK_END:
		if (check_add_overflow(newest, offset, &pos))
			return -EINVAL;
		break;
	case SEEK_DATA:
		if (offset < 0 || offset >= newest)
			return -ENXIO;
		pos = max(offset, oldest);
		break;
	default:
		return -EINVAL;
	}
	if (pos < 0 || pos > newest)
		return -EINVAL;
	WRITE_ONCE(file->f_pos, pos);
	return pos;
}

static int port_info(struct kpl_port *port, void __user *user)
{
	struct kpl_port_stats stats;
	struct kpl011_info info;
	struct pid *pid;
	int ret;

	ret = kpl_ioctl_copy_in(&info, sizeof(info), sizeof(info), 0,
				user);
	if (ret)
		return ret;

	kpl_port_stats(port, &stats);
	pid = kpl_vm_pid(port->vm);
	info = (struct kpl011_info) {
		.size = info.size,
		.id = port->id,
		.state = stats.live ? KPL011_STATE_LIVE : KPL011_STATE_DEAD,
		.pid = pid_vnr(pid),
		.uid = from_kuid_munged(current_user_ns(),
					kpl_vm_owner(port->vm)),
		.gpa = port->gpa,
		.intid = port->intid,
		.ring_size = port->ring.size,
		.attach_ns = port->attach_ns,
		.death_ns = stats.death_ns,
		.tx_newest = stats.tx_newest,
		.tx_oldest = stats.tx_oldest,
		.tx_breaks = stats.tx_breaks,
		.rx_bytes = stats.rx_bytes,
		.rx_queued = stats.rx_queued,
		.rx_breaks = stats.rx_breaks,
		.reads = stats.reads,
		.writes = stats.writes,
		.interrupts = stats.interrupts,
	};
	memcpy(info.name, port->name, sizeof(info.name));
	return kpl_ioctl_copy_out(user, &info, sizeof(info));
}

static int port_break(struct file *file, struct kpl_port *port,
		      void __user *user)
{
	struct kpl011_break args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_port_break(port);
}

static int port_reap(struct file *file, struct kpl_port *port,
		     void __user *user)
{
	struct kpl011_reap args;
	int ret;

	ret = kpl_ioctl_copy_in(&args, sizeof(args), sizeof(args), 0,
				user);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return kpl_registry_reap(port);
}

static long port_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct kpl_port *port = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case KPL011_INFO:
		return port_info(port, user);
	case KPL011_BREAK:
		return port_break(file, port, user);
	case KPL011_REAP:
		return port_reap(file, port, user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations port_fops = {
	.owner = THIS_MODULE,
	.open = port_open,
	.read = port_read,
	.write = port_write,
	.poll = port_poll,
	.llseek = port_llseek,
	.unlocked_ioctl = port_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/**
 * kpl_chardev_init() - give a new port its device
 * @port: from kpl_port_create(); put_device() frees it from here on
 */
void kpl_chardev_init(struct kpl_port *port)
{
	device_initialize(&port->dev);
	port->dev.class = &kpl_class;
	port->dev.type = &kpl_port_type;
	cdev_init(&port->cdev, &port_fops);
	port->cdev.owner = THIS_MODULE;
}

/**
 * kpl_chardev_add() - show a port to user space
 * @port: attached, and with a number
 *
 * Return: 0, ENOSPC (more than 65536 at a time), or an error of device_add().
 */
int kpl_chardev_add(struct kpl_port *port)
{
	int minor, ret;

	ret = dev_set_name(&port->dev, "%u", port->id);
	if (ret)
		return ret;
	minor = ida_alloc_max(&chardev_minors, CHARDEV_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	port->dev.devt = MKDEV(MAJOR(chardev_base), MINOR(chardev_base) + minor);
	ret = cdev_device_add(&port->cdev, &port->dev);
	if (ret)
		ida_free(&chardev_minors, minor);
	return ret;
}

/**
 * kpl_chardev_del() - hide a port from user space
 * @port: from kpl_chardev_add()
 *
 * Files that are open on it stay good.
 */
void kpl_chardev_del(struct kpl_port *port)
{
	cdev_device_del(&port->cdev, &port->dev);
	ida_free(&chardev_minors, MINOR(port->dev.devt) - MINOR(chardev_base));
}

/**
 * kpl_chardev_init_class() - get ready for nodes
 *
 * Return: 0, or an error of alloc_chrdev_region() or class_register().
 */
int __init kpl_chardev_init_class(void)
{
	int ret;

	ret = alloc_chrdev_region(&chardev_base, 0, CHARDEV_MINORS, "kpl011");
	if (ret)
		return ret;
	ret = class_register(&kpl_class);
	if (ret)
		unregister_chrdev_region(chardev_base, CHARDEV_MINORS);
	return ret;
}

/**
 * kpl_chardev_exit_class() - undo kpl_chardev_init_class()
 *
 * All nodes are gone.
 */
void kpl_chardev_exit_class(void)
{
	class_unregister(&kpl_class);
	unregister_chrdev_region(chardev_base, CHARDEV_MINORS);
	ida_destroy(&chardev_minors);
}
