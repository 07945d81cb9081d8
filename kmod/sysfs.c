// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "compat.h"
#include "kvm.h"
#include "port.h"
#include "sysfs.h"

static struct kpl_port *to_port(struct device *dev)
{
	return container_of(dev, struct kpl_port, dev);
}

static ssize_t name_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", to_port(dev)->name);
}
static DEVICE_ATTR_RO(name);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  kpl_port_live(to_port(dev)) ? "live" : "dead");
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

static struct attribute *port_attrs[] = {
	&dev_attr_name.attr,
	&dev_attr_state.attr,
	&dev_attr_gpa.attr,
	&dev_attr_intid.attr,
	NULL,
};
ATTRIBUTE_GROUPS(port);

/* /dev/kpl011/<id>, of the VM's owner alone. */
static char *port_devnode(KPL_DEVNODE_CONST struct device *dev, umode_t *mode,
			  kuid_t *uid, kgid_t *gid)
{
	const struct kpl_port *port = container_of(dev, struct kpl_port, dev);

	/* When the node is removed only its name is asked for. */
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
