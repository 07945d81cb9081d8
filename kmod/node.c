// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/xarray.h>

#include "gfp.h"
#include "node.h"
#include "port.h"
#include "sysfs.h"

#define NODE_MINORS	(MINORMASK + 1)

static dev_t node_base;
static struct cdev *node_cdev;	/* of all minors */

/*
 * The ports by minor. A minor is reused as late as possible: somebody else may
 * have made nodes for it that outlive its port.
 */
static DEFINE_XARRAY_FLAGS(node_ports, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
static u32 node_next;

/**
 * kpl_node_get() - find the port of a node
 * @inode: the node
 *
 * Return: the port, with a reference for put_device(); or NULL.
 */
struct kpl_port *kpl_node_get(const struct inode *inode)
{
	struct kpl_port *port;

	xa_lock(&node_ports);
	port = xa_load(&node_ports, iminor(inode));
	if (port)
		get_device(&port->dev);
	xa_unlock(&node_ports);
	return port;
}

/**
 * kpl_node_init() - give a new port its device
 * @port: from kpl_registry_create(); from now on put_device() frees it
 */
void kpl_node_init(struct kpl_port *port)
{
	device_initialize(&port->dev);
	device_set_pm_not_required(&port->dev);
	port->dev.class = &kpl_class;
	port->dev.type = &kpl_port_type;
}

/**
 * kpl_node_add() - add a port's node and its directory in sysfs
 * @port: the port, which has its number
 *
 * Until kpl_node_show(), nobody can open the node (ENXIO), and no uevent
 * announces it.
 *
 * Return: 0, ENOSPC (2^20 ports have a node), ENOMEM, or an error of
 * device_add().
 */
int kpl_node_add(struct kpl_port *port)
{
	u32 minor;
	int ret;

	ret = dev_set_name(&port->dev, "%u", port->id);
	if (ret)
		return ret;
	ret = xa_alloc_cyclic(&node_ports, &minor, NULL,
			      XA_LIMIT(0, NODE_MINORS - 1), &node_next,
			      KPL_GFP);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	port->dev.devt = MKDEV(MAJOR(node_base), minor);
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
	xa_erase(&node_ports, minor);
	return ret;
}

/**
 * kpl_node_show() - show a port to user space
 * @port: attached, and from kpl_node_add()
 *
 * By the time of the uevent, the owner's files belong to the owner.
 */
void kpl_node_show(struct kpl_port *port)
{
	/* The entry is there already: no memory is needed. */
	xa_store(&node_ports, MINOR(port->dev.devt), port, 0);
	dev_set_uevent_suppress(&port->dev, false);
	kobject_uevent(&port->dev.kobj, KOBJ_ADD);
}

/**
 * kpl_node_del() - hide a port from user space
 * @port: from kpl_node_add()
 *
 * Files that are open on it remain usable.
 */
void kpl_node_del(struct kpl_port *port)
{
	device_del(&port->dev);
	xa_erase(&node_ports, MINOR(port->dev.devt));
}

/**
 * kpl_node_init_class() - register the class and the device numbers
 * @fops: what can be done with a node
 *
 * Return: 0, ENOMEM, or an error of alloc_chrdev_region(), class_register() or
 * cdev_add().
 */
int __init kpl_node_init_class(const struct file_operations *fops)
{
	int ret;

	ret = alloc_chrdev_region(&node_base, 0, NODE_MINORS, "kpl011");
	if (ret)
		return ret;
	ret = class_register(&kpl_class);
	if (ret)
		goto out_region;
	node_cdev = cdev_alloc();
	if (!node_cdev) {
		ret = -ENOMEM;
		goto out_class;
	}
	node_cdev->ops = fops;
	node_cdev->owner = THIS_MODULE;
	ret = cdev_add(node_cdev, node_base, NODE_MINORS);
	if (ret)
		goto out_cdev;
	return 0;

out_cdev:
	cdev_del(node_cdev);
out_class:
	class_unregister(&kpl_class);
out_region:
	unregister_chrdev_region(node_base, NODE_MINORS);
	return ret;
}

/**
 * kpl_node_exit_class() - undo kpl_node_init_class()
 *
 * All nodes are gone by now.
 */
void kpl_node_exit_class(void)
{
	cdev_del(node_cdev);
	class_unregister(&kpl_class);
	unregister_chrdev_region(node_base, NODE_MINORS);
	xa_destroy(&node_ports);
}
