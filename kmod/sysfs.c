// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "kvm.h"
#include "port.h"
#include "sysfs.h"
#include "who.h"

static struct kpl_port *to_port(struct device *dev)
{
	return container_of(dev, struct kpl_port, dev);
}

static ssize_t name_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", to_port(dev)->name);
}
static DEVICE_ATTR_ADMIN_RO(name);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	static const char * const names[] = {
		[KPL011_STATE_LIVE] = "live",
		[KPL011_STATE_DEAD] = "dead",
		[KPL011_STATE_DETACHED] = "detached",
	};

	return sysfs_emit(buf, "%s\n", names[kpl_port_state(to_port(dev))]);
}
static DEVICE_ATTR_RO(state);

static ssize_t gpa_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "0x%llx\n", to_port(dev)->gpa);
}
static DEVICE_ATTR_RO(gpa);

static ssize_t intid_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%u\n", to_port(dev)->intid);
}
static DEVICE_ATTR_RO(intid);

static ssize_t pid_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%d\n", kpl_pid_nr(kpl_vm_pid(to_port(dev)->vm)));
}
static DEVICE_ATTR_ADMIN_RO(pid);

static ssize_t uid_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  from_kuid_munged(current_user_ns(),
					   kpl_vm_owner(to_port(dev)->vm)));
}
static DEVICE_ATTR_RO(uid);

static ssize_t strict_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%u\n", !!(to_port(dev)->attach_flags &
					  KPL011_ATTACH_STRICT));
}
static DEVICE_ATTR_RO(strict);

static ssize_t ring_size_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%u\n", to_port(dev)->stream.ring.size);
}
static DEVICE_ATTR_RO(ring_size);

static ssize_t page_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	static const char * const names[] = {
		[KPL011_PAGE_UNMAPPED] = "unmapped",
		[KPL011_PAGE_MAPPED] = "mapped",
		[KPL011_PAGE_NO_FUNCTION] = "no function",
		[KPL011_PAGE_SIZE] = "page size",
		[KPL011_PAGE_PROTECTED] = "protected",
		[KPL011_PAGE_NO_MEMORY] = "no memory",
		[KPL011_PAGE_FORBIDDEN] = "forbidden",
		[KPL011_PAGE_REALTIME] = "realtime",
	};

	return sysfs_emit(buf, "%s\n",
			  names[READ_ONCE(to_port(dev)->pl011.page.state)]);
}
static DEVICE_ATTR_ADMIN_RO(page);

/* Shows a u64 of struct kpl011_info; its offset is var. */
static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	const struct dev_ext_attribute *counter =
		container_of(attr, struct dev_ext_attribute, attr);
	struct kpl011_info *info;
	ssize_t ret;

	info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	kpl_port_info(to_port(dev), info);
	ret = sysfs_emit(buf, "%llu\n",
			 *(u64 *)((u8 *)info + (uintptr_t)counter->var));
	kfree(info);
	return ret;
}

#define COUNTER(attribute, member)					\
	static struct dev_ext_attribute dev_attr_##attribute = {	\
		__ATTR(attribute, 0400, counter_show, NULL),		\
		(void *)offsetof(struct kpl011_info, member)		\
	}

COUNTER(tx_bytes, tx_newest);
COUNTER(tx_lost, tx_lost);
COUNTER(tx_breaks, tx_breaks);
COUNTER(rx_bytes, rx_bytes);
COUNTER(rx_queued, rx_queued);
COUNTER(rx_breaks, rx_breaks);
COUNTER(reads, reads);
COUNTER(writes, writes);
COUNTER(interrupts, interrupts);
COUNTER(resets, resets);
COUNTER(flow_stalls, flow_stalls);
COUNTER(flow_drops, flow_drops);
COUNTER(page_maps, page_maps);
COUNTER(page_unmaps, page_unmaps);
COUNTER(page_cleans, page_cleans);

/* For all to read: that there is a port, who owns it, and where it is. */
static struct attribute *port_attrs[] = {
	&dev_attr_state.attr,
	&dev_attr_gpa.attr,
	&dev_attr_intid.attr,
	&dev_attr_uid.attr,
	&dev_attr_strict.attr,
	&dev_attr_ring_size.attr,
	NULL,
};

static const struct attribute_group port_group = {
	.attrs = port_attrs,
};

/*
 * For the owner and root: which guest it is, and what is done with it. Counters
 * tell when somebody types, and how much.
 */
static struct attribute *owner_attrs[] = {
	&dev_attr_name.attr,
	&dev_attr_pid.attr,
	&dev_attr_tx_bytes.attr.attr,
	&dev_attr_tx_lost.attr.attr,
	&dev_attr_tx_breaks.attr.attr,
	&dev_attr_rx_bytes.attr.attr,
	&dev_attr_rx_queued.attr.attr,
	&dev_attr_rx_breaks.attr.attr,
	&dev_attr_reads.attr.attr,
	&dev_attr_writes.attr.attr,
	&dev_attr_interrupts.attr.attr,
	&dev_attr_resets.attr.attr,
	&dev_attr_flow_stalls.attr.attr,
	&dev_attr_flow_drops.attr.attr,
	NULL,
};

static const struct attribute_group owner_group = {
	.attrs = owner_attrs,
};

/* For the owner and root, too. */
static struct attribute *page_attrs[] = {
	&dev_attr_page.attr,
	&dev_attr_page_maps.attr.attr,
	&dev_attr_page_unmaps.attr.attr,
	&dev_attr_page_cleans.attr.attr,
	NULL,
};

/* A port attached without a page has none of these: they cost it no memory. */
static umode_t page_is_visible(struct kobject *kobj, struct attribute *attr,
			       int n)
{
	const struct kpl_port *port = to_port(kobj_to_dev(kobj));

	return port->pl011.page.state == KPL011_PAGE_OFF ? 0 : attr->mode;
}

static const struct attribute_group page_group = {
	.attrs = page_attrs,
	.is_visible = page_is_visible,
};

static const struct attribute_group *port_groups[] = {
	&port_group,
	&owner_group,
	&page_group,
	NULL,
};

/**
 * kpl_sysfs_own() - give a port's owner the attributes that are the owner's
 * @port: the port, whose device was added
 *
 * The owner also gets the port's directory, in which nobody can make or remove
 * a file. A get_ownership() of the class would give away the files of the
 * driver core, too.
 *
 * Return: 0 or ENOMEM.
 */
int kpl_sysfs_own(struct kpl_port *port)
{
	struct kobject *kobj = &port->dev.kobj;
	kuid_t owner = kpl_vm_owner(port->vm);
	int ret;

	/* They are root's from the start. */
	if (uid_eq(owner, GLOBAL_ROOT_UID))
		return 0;
	ret = sysfs_group_change_owner(kobj, &owner_group, owner,
				       GLOBAL_ROOT_GID);
	/* Some kernels fail if the files are not visible. */
	if (!ret && port->pl011.page.state != KPL011_PAGE_OFF)
		ret = sysfs_group_change_owner(kobj, &page_group, owner,
					       GLOBAL_ROOT_GID);
	return ret;
}

/* /dev/kpl011/<id>, for the VM's owner alone. */
static char *port_devnode(KPL_DEVNODE_CONST struct device *dev, umode_t *mode,
			  kuid_t *uid, kgid_t *gid)
{
	const struct kpl_port *port = container_of(dev, struct kpl_port, dev);

	/* When the node is removed, only its name is asked for. */
	if (mode)
		*mode = 0600;
	if (uid)
		*uid = kpl_vm_owner(port->vm);
	return kasprintf(GFP_KERNEL, "kpl011/%u", port->id);
}

static void port_release(struct device *dev)
{
	kpl_port_free(to_port(dev));
}

const struct device_type kpl_port_type = {
	.name = "port",
	.groups = port_groups,
	.devnode = port_devnode,
	.release = port_release,
};

struct class kpl_class = {
	.name = "kpl011",
};
