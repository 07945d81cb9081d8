// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "chardev.h"
#include "kvm.h"
#include "port.h"
#include "registry.h"

/* Protects the list, the number and kpl_port.reaped. */
static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry_ports);	/* the dead in the order of their death */
static u64 registry_next;
static struct workqueue_struct *registry_wq;

/* Take a port off the list. Its node goes in registry_forget(). */
static void registry_remove(struct kpl_port *port)
{
	lockdep_assert_held(&registry_lock);

	port->reaped = true;
	list_del_init(&port->link);
}

static void registry_forget(struct kpl_port *port)
{
	kpl_chardev_del(port);
	put_device(&port->dev);
}

/* Remove a user's port that is dead longest if there are too many, or return NULL. */
static struct kpl_port *registry_trim(kuid_t owner)
{
	struct kpl_port *port, *oldest = NULL;
	unsigned int dead = 0;

	lockdep_assert_held(&registry_lock);

	list_for_each_entry(port, &registry_ports, link) {
		if (kpl_port_live(port) ||
		    !uid_eq(kpl_vm_owner(port->vm), owner))
			continue;
		if (!oldest)
			oldest = port;
		dead++;
	}
	if (dead <= KPL_REGISTRY_DEAD_MAX)
		return NULL;
	registry_remove(oldest);
	return oldest;
}

/* Tell user space that a port is not live any more. */
static void registry_tell(struct kpl_port *port)
{
	bool detached = kpl_port_state(port) == KPL011_STATE_DETACHED;
	char *env[2] = { detached ? "STATE=detached" : "STATE=dead" };

	kobject_uevent_env(&port->dev.kobj, KOBJ_CHANGE, env);
}

/* In a work, since the VM may be destroyed from anywhere. */
static void registry_death(struct work_struct *work)
{
	struct kpl_port *port = container_of(work, struct kpl_port, death);
	struct kpl_port *oldest = NULL;

	kpl_port_stop(port);
	mutex_lock(&registry_lock);
	if (!list_empty(&port->link)) {
		registry_tell(port);
		/* Behind those that died before, however long it lived. */
		list_move_tail(&port->link, &registry_ports);
		oldest = registry_trim(kpl_vm_owner(port->vm));
	}
	mutex_unlock(&registry_lock);

	if (oldest)
		registry_forget(oldest);
	/* The reference that the attachment had. */
	put_device(&port->dev);
}

/**
 * kpl_registry_prepare() - make a new port ready for kpl_registry_bury()
 * @port: the port
 */
void kpl_registry_prepare(struct kpl_port *port)
{
	INIT_WORK(&port->death, registry_death);
}

/**
 * kpl_registry_number() - give a new port its number
 * @port: attached: numbers are not spent on what is refused
 *
 * Return: 0, or ENOSPC when 2^32 ports have been.
 */
int kpl_registry_number(struct kpl_port *port)
{
	int ret = -ENOSPC;

	mutex_lock(&registry_lock);
	if (registry_next <= U32_MAX) {
		port->id = registry_next++;
		ret = 0;
	}
	mutex_unlock(&registry_lock);
	return ret;
}

/**
 * kpl_registry_add() - keep a port from now on until it is reaped
 * @port: attached, with its node; its VM is held open by the caller
 */
void kpl_registry_add(struct kpl_port *port)
{
	get_device(&port->dev);
	mutex_lock(&registry_lock);
	list_add_tail(&port->link, &registry_ports);
	/* Whoever saw the node may have detached it before it was here. */
	if (!kpl_port_live(port))
		registry_tell(port);
	mutex_unlock(&registry_lock);
}

/**
 * kpl_registry_bury() - take note that a port's VM is gone
 * @port: the port, with the reference that its attachment had
 */
void kpl_registry_bury(struct kpl_port *port)
{
	queue_work(registry_wq, &port->death);
}

/**
 * kpl_registry_reap() - forget a dead port
 * @port: the port; the caller has a reference
 *
 * Return: 0; EBUSY while its VM lives, ENODEV if it was reaped already.
 */
int kpl_registry_reap(struct kpl_port *port)
{
	int ret = 0;

	mutex_lock(&registry_lock);
	if (port->reaped)
		ret = -ENODEV;
	else if (kpl_port_live(port) || list_empty(&port->link))
		/* In the second case its attach is not over yet. */
		ret = -EBUSY;
	else
		registry_remove(port);
	mutex_unlock(&registry_lock);

	if (!ret)
		registry_forget(port);
	return ret;
}

/**
 * kpl_registry_each() - call a function for each port
 * @fn: the function; ports do not come or go meanwhile
 */
void kpl_registry_each(void (*fn)(struct kpl_port *port))
{
	struct kpl_port *port;

	mutex_lock(&registry_lock);
	list_for_each_entry(port, &registry_ports, link)
		fn(port);
	mutex_unlock(&registry_lock);
}

/**
 * kpl_registry_init() - get ready for ports
 *
 * Return: 0 or ENOMEM.
 */
int __init kpl_registry_init(void)
{
	registry_wq = alloc_workqueue("kpl011", WQ_UNBOUND, 0);
	return registry_wq ? 0 : -ENOMEM;
}

/**
 * kpl_registry_exit() - forget all ports
 *
 * None is attached, since an attachment holds the module; none is open, since
 * an open file does; and no new one can come.
 */
void kpl_registry_exit(void)
{
	struct kpl_port *port, *next;

	destroy_workqueue(registry_wq);
	list_for_each_entry_safe(port, next, &registry_ports, link) {
		list_del_init(&port->link);
		registry_forget(port);
	}
}
