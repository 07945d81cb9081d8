// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "account.h"
#include "gfp.h"
#include "kvm.h"
#include "node.h"
#include "port.h"
#include "registry.h"

/*
 * Protects the list of ports, the dead ports of accounts, and what the registry
 * notes of a port.
 */
static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry_ports);
static struct workqueue_struct *registry_wq;

/* The ports by number. Numbers wrap around: nobody can use them up. */
static DEFINE_XARRAY_FLAGS(registry_ids, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
static u32 registry_next;

/*
 * Where dead ports of a VM are kept. Those of root's VMs are kept apart: they
 * make room only for ports of root's VMs, and are not forgotten for what users
 * do with their own.
 */
static struct kpl_kept *registry_kept(struct kpl_account *account,
				      const struct kpl_vm *vm)
{
	return kpl_vm_is_lent(vm) ? &account->kept_lent : &account->kept;
}

/* Take a port off the lists. registry_forget() removes its node. */
static void registry_remove(struct kpl_port *port)
{
	lockdep_assert_held(&registry_lock);

	port->reaped = true;
	list_del_init(&port->link);
	if (!list_empty(&port->dead)) {
		list_del_init(&port->dead);
		registry_kept(port->account, port->vm)->n_dead--;
	}
}

static void registry_forget(struct kpl_port *port)
{
	kpl_node_del(port);
	put_device(&port->dev);
}

/* Forget ports that were removed, and linked here. */
static void registry_forget_all(struct list_head *ports)
{
	struct kpl_port *port, *next;

	list_for_each_entry_safe(port, next, ports, link) {
		list_del_init(&port->link);
		registry_forget(port);
	}
}

/* Tell user space that a port is not live any more. */
static void registry_tell(struct kpl_port *port)
{
	bool detached = kpl_port_state(port) == KPL011_STATE_DETACHED;
	char *env[2] = { detached ? "STATE=detached" : "STATE=dead" };

	kobject_uevent_env(&port->dev.kobj, KOBJ_CHANGE, env);
}

/*
 * A port is buried, and in the list: tell user space, count the port as dead,
 * and forget the ports that are too many, those dead longest first. User space
 * is told without the lock, since that needs memory and depends on the readers
 * of netlink. Nobody forgets a port before it is counted, so its uevents come
 * in order.
 */
static void registry_keep(struct kpl_port *port)
{
	struct kpl_kept *kept = registry_kept(port->account, port->vm);
	LIST_HEAD(gone);

	registry_tell(port);
	mutex_lock(&registry_lock);
	list_add_tail(&port->dead, &kept->dead);
	kept->n_dead++;
	while (kept->n_dead > kpl_account_dead_max()) {
		port = list_first_entry(&kept->dead, struct kpl_port, dead);
		registry_remove(port);
		list_add_tail(&port->link, &gone);
	}
	mutex_unlock(&registry_lock);
	registry_forget_all(&gone);
}

/* This is work, since a VM may be destroyed in any context. */
static void registry_death(struct work_struct *work)
{
	struct kpl_port *port = container_of(work, struct kpl_port, death);
	bool added;

	mutex_lock(&registry_lock);
	port->buried = true;
	/* If its attach is not over yet, kpl_registry_add() keeps it. */
	added = !list_empty(&port->link);
	mutex_unlock(&registry_lock);
	if (added)
		registry_keep(port);
	/* The reference that the attachment had. */
	put_device(&port->dev);
}

/*
 * Make room for a port of @vm: of the user's dead ports that nobody has open,
 * forget the one dead longest. Forget none if all of them would not make enough
 * room, since other users may have it; nor if there is room by now, because a
 * port of the user was freed meanwhile. Returns whether there may be room.
 */
static bool registry_make_room(struct kpl_account *account,
			       const struct kpl_vm *vm, u32 history)
{
	struct kpl_kept *kept = registry_kept(account, vm);
	struct kpl_port *port, *oldest = NULL;
	unsigned int spare = 0;
	u64 spare_history = 0;

	if (kpl_account_would_fit(account, history, 0, 0))
		return true;
	mutex_lock(&registry_lock);
	list_for_each_entry(port, &kept->dead, dead) {
		if (atomic_read(&port->files))
			continue;
		spare++;
		spare_history += port->ring.size;
		oldest = oldest ?: port;
	}
	if (!kpl_account_would_fit(account, history, spare, spare_history))
		oldest = NULL;
	if (oldest) {
		registry_remove(oldest);
		get_device(&oldest->dev);
	}
	mutex_unlock(&registry_lock);
	if (!oldest)
		return false;
	registry_forget(oldest);
	/*
	 * It is charged for until the last reference on it is gone. The work
	 * that buried it has one: wait for that. port_gone() may have one, but
	 * is about to return.
	 */
	kpl_registry_settle(oldest);
	put_device(&oldest->dev);
	return true;
}

/**
 * kpl_registry_admit() - charge a user for a port that is to be made
 * @vm: where it is to be, which says who is charged
 * @history: bytes of its history
 *
 * Dead ports of the user that nobody has open make room for it, if they can.
 *
 * Return: the account, for kpl_registry_dismiss(); or an ERR_PTR: EDQUOT,
 * ENOMEM.
 */
struct kpl_account *kpl_registry_admit(const struct kpl_vm *vm, u32 history)
{
	struct kpl_account *account = kpl_account_get(kpl_vm_payer(vm));
	bool waited = false;

	if (!account)
		return ERR_PTR(-ENOMEM);
	while (kpl_account_charge(account, history)) {
		if (registry_make_room(account, vm, history))
			continue;
		if (waited) {
			kpl_account_put(account);
			return ERR_PTR(-EDQUOT);
		}
		/* A port may just have died: let it be counted. */
		flush_workqueue(registry_wq);
		waited = true;
	}
	return account;
}

/**
 * kpl_registry_dismiss() - undo kpl_registry_admit()
 * @account: what that returned
 * @history: what that was given
 */
void kpl_registry_dismiss(struct kpl_account *account, u32 history)
{
	kpl_account_uncharge(account, history);
	kpl_account_put(account);
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
 * @port: the port
 *
 * Return: 0 or ENOMEM.
 */
int kpl_registry_number(struct kpl_port *port)
{
	int ret = xa_alloc_cyclic(&registry_ids, &port->id, port, xa_limit_32b,
				  &registry_next, KPL_GFP);

	return ret < 0 ? ret : 0;
}

/**
 * kpl_registry_unspend() - take a port's number back
 * @port: refused; it had no node, so nobody knows the number
 *
 * The next port gets the number, unless another one has got a number since.
 */
void kpl_registry_unspend(struct kpl_port *port)
{
	xa_lock(&registry_ids);
	if (registry_next == port->id + 1)
		registry_next = port->id;
	xa_unlock(&registry_ids);
	kpl_registry_unnumber(port);
}

/**
 * kpl_registry_unnumber() - let another port have the number from now on
 * @port: the port, which may have none
 */
void kpl_registry_unnumber(struct kpl_port *port)
{
	xa_cmpxchg(&registry_ids, port->id, port, NULL, 0);
}

/**
 * kpl_registry_add() - keep a port from now on until it is reaped
 * @port: attached, with its node; the caller holds its VM open
 */
void kpl_registry_add(struct kpl_port *port)
{
	bool buried;

	get_device(&port->dev);
	mutex_lock(&registry_lock);
	list_add_tail(&port->link, &registry_ports);
	/* Whoever saw the node may have detached the port before this. */
	buried = port->buried;
	mutex_unlock(&registry_lock);
	if (buried)
		registry_keep(port);
}

/**
 * kpl_registry_bury() - note that a port has left its VM
 * @port: the port, with the reference that its attachment had
 *
 * Context: under port->lock, together with the end of @live: whoever has seen
 * that finds the work queued.
 */
void kpl_registry_bury(struct kpl_port *port)
{
	queue_work(registry_wq, &port->death);
}

/**
 * kpl_registry_settle() - wait until a port that died is counted as dead
 * @port: the port, not live; the caller has a reference
 *
 * If its attach is not over yet, kpl_registry_add() counts it later.
 */
void kpl_registry_settle(struct kpl_port *port)
{
	flush_work(&port->death);
}

/**
 * kpl_registry_reap() - forget a dead port
 * @port: the port; the caller has a reference
 *
 * Return: 0; EBUSY while it is in its VM or its attach is not over, ENODEV if
 * it was reaped already.
 */
int kpl_registry_reap(struct kpl_port *port)
{
	bool live;
	int ret = 0;

	spin_lock(&port->lock);
	live = port->live;
	spin_unlock(&port->lock);
	if (live)
		return -EBUSY;
	kpl_registry_settle(port);

	mutex_lock(&registry_lock);
	if (port->reaped)
		ret = -ENODEV;
	else if (list_empty(&port->dead))
		/* Its attach is not over yet. */
		ret = -EBUSY;
	else
		registry_remove(port);
	mutex_unlock(&registry_lock);

	if (!ret)
		registry_forget(port);
	return ret;
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
 * an open file does, too; and no new one can come.
 */
void kpl_registry_exit(void)
{
	struct kpl_port *port, *next;
	LIST_HEAD(gone);

	destroy_workqueue(registry_wq);
	mutex_lock(&registry_lock);
	list_for_each_entry_safe(port, next, &registry_ports, link) {
		registry_remove(port);
		list_add_tail(&port->link, &gone);
	}
	mutex_unlock(&registry_lock);
	registry_forget_all(&gone);
}
