// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "account.h"
#include "gfp.h"
#include "kvm.h"
#include "node.h"
#include "port.h"
#include "registry.h"

/**
 * struct kpl_entry - a port, and what the registry notes of it
 * @port: the port, with which the entry is freed
 * @account: charged for the port
 * @link: on the list of ports; under registry_lock
 * @dead: on its account's list of dead ports; likewise
 * @death: tells user space, and lets the port be reaped, after it has left its
 *	   VM
 * @buried: @death has run; under registry_lock
 * @reaped: the port is out of the registry; likewise
 */
struct kpl_entry {
	struct kpl_port port;
	struct kpl_account *account;
	struct list_head link;
	struct list_head dead;
	struct work_struct death;
	bool buried;
	bool reaped;
};

/*
 * Protects the list of ports, the dead ports of accounts, and what the registry
 * notes of a port.
 */
static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry_ports);
static struct workqueue_struct *registry_wq;
static struct kmem_cache *registry_cache;

/* The ports by number. Numbers wrap around: nobody can use them up. */
static DEFINE_XARRAY_FLAGS(registry_ids, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
static u32 registry_next;

static struct kpl_entry *to_entry(struct kpl_port *port)
{
	return container_of(port, struct kpl_entry, port);
}

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
static void registry_remove(struct kpl_entry *entry)
{
	lockdep_assert_held(&registry_lock);

	entry->reaped = true;
	list_del_init(&entry->link);
	if (!list_empty(&entry->dead)) {
		list_del_init(&entry->dead);
		registry_kept(entry->account, entry->port.vm)->n_dead--;
	}
}

static void registry_forget(struct kpl_port *port)
{
	kpl_node_del(port);
	put_device(&port->dev);
}

/* Forget ports that were removed, and linked here. */
static void registry_forget_all(struct list_head *entries)
{
	struct kpl_entry *entry, *next;

	list_for_each_entry_safe(entry, next, entries, link) {
		list_del_init(&entry->link);
		registry_forget(&entry->port);
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
static void registry_keep(struct kpl_entry *entry)
{
	struct kpl_kept *kept = registry_kept(entry->account, entry->port.vm);
	LIST_HEAD(gone);

	registry_tell(&entry->port);
	mutex_lock(&registry_lock);
	list_add_tail(&entry->dead, &kept->dead);
	kept->n_dead++;
	while (kept->n_dead > kpl_account_dead_max()) {
		entry = list_first_entry(&kept->dead, struct kpl_entry, dead);
		registry_remove(entry);
		list_add_tail(&entry->link, &gone);
	}
	mutex_unlock(&registry_lock);
	registry_forget_all(&gone);
}

/* This is work, since a VM may be destroyed in any context. */
static void registry_death(struct work_struct *work)
{
	struct kpl_entry *entry = container_of(work, struct kpl_entry, death);
	bool added;

	mutex_lock(&registry_lock);
	entry->buried = true;
	/* If its attach is not over yet, kpl_registry_add() keeps it. */
	added = !list_empty(&entry->link);
	mutex_unlock(&registry_lock);
	if (added)
		registry_keep(entry);
	/* The reference that the attachment had. */
	put_device(&entry->port.dev);
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
	struct kpl_entry *entry, *oldest = NULL;
	unsigned int spare = 0;
	u64 spare_history = 0;

	if (kpl_account_would_fit(account, history, 0, 0))
		return true;
	mutex_lock(&registry_lock);
	list_for_each_entry(entry, &kept->dead, dead) {
		if (atomic_read(&entry->port.files))
			continue;
		spare++;
		spare_history += entry->port.stream.ring.size;
		oldest = oldest ?: entry;
	}
	if (!kpl_account_would_fit(account, history, spare, spare_history))
		oldest = NULL;
	if (oldest) {
		registry_remove(oldest);
		get_device(&oldest->port.dev);
	}
	mutex_unlock(&registry_lock);
	if (!oldest)
		return false;
	registry_forget(&oldest->port);
	/*
	 * It is charged for until the last reference on it is gone. The work
	 * that buried it has one: wait for that. port_gone() may have one, but
	 * is about to return.
	 */
	kpl_registry_settle(&oldest->port);
	put_device(&oldest->port.dev);
	return true;
}

/*
 * Charge a user for a port that is to be made in @vm, with @history bytes. Dead
 * ports of the user that nobody has open make room for it, if they can. Returns
 * the account, for registry_dismiss(); or an ERR_PTR: EDQUOT, ENOMEM.
 */
static struct kpl_account *registry_admit(const struct kpl_vm *vm, u32 history)
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

static void registry_dismiss(struct kpl_account *account, u32 history)
{
	kpl_account_uncharge(account, history);
	kpl_account_put(account);
}

/* A port has left its VM: hand its attachment's reference to the work. */
static void registry_gone(struct kpl_port *port)
{
	queue_work(registry_wq, &to_entry(port)->death);
}

/* Let another port have the number from now on. The port may have none. */
static void registry_unnumber(struct kpl_port *port)
{
	xa_cmpxchg(&registry_ids, port->id, port, NULL, 0);
}

/* Nobody has the port any more. */
static void registry_freed(struct kpl_port *port)
{
	struct kpl_entry *entry = to_entry(port);

	registry_unnumber(port);
	registry_dismiss(entry->account, port->stream.ring.size);
	kmem_cache_free(registry_cache, entry);
}

static const struct kpl_port_ops registry_port_ops = {
	.gone = registry_gone,
	.freed = registry_freed,
};

/**
 * kpl_registry_create() - make a port that is not attached yet
 * @config: what to attach
 * @vm: its VM, which kpl_port_free() frees; the caller closes it. It says who
 *	is charged.
 *
 * kpl_node_init() initialises its device, with which the port is freed.
 *
 * Return: the port; or an ERR_PTR: EDQUOT, ENOMEM, EINVAL if the state is
 * refused.
 */
struct kpl_port *kpl_registry_create(const struct kpl_port_config *config,
				     struct kpl_vm *vm)
{
	struct kpl_account *account;
	struct kpl_entry *entry;
	int ret = -ENOMEM;

	account = registry_admit(vm, config->ring_size);
	if (IS_ERR(account))
		return ERR_CAST(account);
	entry = kmem_cache_alloc(registry_cache, KPL_GFP | __GFP_ZERO);
	if (!entry)
		goto out_dismiss;
	ret = kpl_port_init(&entry->port, config, vm, &registry_port_ops);
	if (ret)
		goto out_free;
	entry->account = account;
	INIT_LIST_HEAD(&entry->link);
	INIT_LIST_HEAD(&entry->dead);
	INIT_WORK(&entry->death, registry_death);
	return &entry->port;

out_free:
	kmem_cache_free(registry_cache, entry);
out_dismiss:
	registry_dismiss(account, config->ring_size);
	return ERR_PTR(ret);
}

/**
 * kpl_registry_number() - give a new port its number
 * @port: the port
 *
 * Return: 0 or ENOMEM.
 */
int kpl_registry_number(struct kpl_port *port)
{
	u32 id;
	int ret;

	ret = xa_alloc_cyclic(&registry_ids, &id, port, xa_limit_32b,
			      &registry_next, KPL_GFP);
	if (ret < 0)
		return ret;
	kpl_port_set_id(port, id);
	return 0;
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
	registry_unnumber(port);
}

/**
 * kpl_registry_add() - keep a port from now on until it is reaped
 * @port: attached, with its node; the caller holds its VM open
 */
void kpl_registry_add(struct kpl_port *port)
{
	struct kpl_entry *entry = to_entry(port);
	bool buried;

	get_device(&port->dev);
	mutex_lock(&registry_lock);
	list_add_tail(&entry->link, &registry_ports);
	/* Whoever saw the node may have detached the port before this. */
	buried = entry->buried;
	mutex_unlock(&registry_lock);
	if (buried)
		registry_keep(entry);
}

/**
 * kpl_registry_settle() - wait until a port that died is counted as dead
 * @port: the port, not live; the caller has a reference
 *
 * If its attach is not over yet, kpl_registry_add() counts it later.
 */
void kpl_registry_settle(struct kpl_port *port)
{
	flush_work(&to_entry(port)->death);
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
	struct kpl_entry *entry = to_entry(port);
	int ret = 0;

	if (kpl_port_is_in_vm(port))
		return -EBUSY;
	kpl_registry_settle(port);

	mutex_lock(&registry_lock);
	if (entry->reaped)
		ret = -ENODEV;
	else if (list_empty(&entry->dead))
		/* Its attach is not over yet. */
		ret = -EBUSY;
	else
		registry_remove(entry);
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
	/* A cache of its own: a power of two would be half empty. */
	registry_cache = KMEM_CACHE(kpl_entry, SLAB_ACCOUNT);
	if (!registry_cache)
		return -ENOMEM;
	registry_wq = alloc_workqueue("kpl011", WQ_UNBOUND, 0);
	if (!registry_wq) {
		kmem_cache_destroy(registry_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * kpl_registry_exit() - forget all ports
 *
 * None is attached, since an attachment holds the module; none is open, since
 * an open file does, too; and no new one can come.
 */
void kpl_registry_exit(void)
{
	struct kpl_entry *entry, *next;
	LIST_HEAD(gone);

	destroy_workqueue(registry_wq);
	mutex_lock(&registry_lock);
	list_for_each_entry_safe(entry, next, &registry_ports, link) {
		registry_remove(entry);
		list_add_tail(&entry->link, &gone);
	}
	mutex_unlock(&registry_lock);
	registry_forget_all(&gone);
	kmem_cache_destroy(registry_cache);
}
