// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port is charged to a user's account from before its memory is allocated
 * until it is freed: while it is attached, while it is dead and kept, and while
 * it is reaped but still open. Root's account is charged, too, but is never
 * full.
 *
 * A user who can act as other users must not get an account as each of them. So
 * everyone in a user namespace is charged to whoever made the namespace. With a
 * set-user-ID file, a user can leave the namespace as another of its users; so
 * what all users but root have together is limited as well.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/kpl011.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "account.h"
#include "gfp.h"

static unsigned int account_ports_max = KPL011_PORTS_MAX;
module_param_named(ports_max, account_ports_max, uint, 0644);
MODULE_PARM_DESC(ports_max, "Ports that a user may have, dead ones included; root is not limited (default: "
		 __stringify(KPL011_PORTS_MAX) ")");

static unsigned int account_history_max = KPL011_HISTORY_MAX;
module_param_named(history_max, account_history_max, uint, 0644);
MODULE_PARM_DESC(history_max, "MiB of history that the ports of a user may have together; root is not limited (default: "
		 __stringify(KPL011_HISTORY_MAX) ")");

static unsigned int account_dead_max = KPL011_DEAD_MAX;
module_param_named(dead_max, account_dead_max, uint, 0644);
MODULE_PARM_DESC(dead_max, "Dead ports that are kept for each user, root included (default: "
		 __stringify(KPL011_DEAD_MAX) ")");

static unsigned int account_all_ports_max = KPL011_ALL_PORTS_MAX;
module_param_named(all_ports_max, account_all_ports_max, uint, 0644);
MODULE_PARM_DESC(all_ports_max, "Ports that all users but root may have together (default: "
		 __stringify(KPL011_ALL_PORTS_MAX) ")");

static unsigned int account_all_history_max;
module_param_named(all_history_max, account_all_history_max, uint, 0644);
MODULE_PARM_DESC(all_history_max, "MiB of history that the ports of all users but root may have together (default: 0, which means an eighth of the memory)");

/* Protects the accounts, but for their dead ports, and the sums below. */
static DEFINE_MUTEX(account_lock);
static DEFINE_HASHTABLE(accounts, 8);	/* by kuid */

/* Sums over all accounts but root's. */
static unsigned int account_all_ports;
static u64 account_all_history;

/**
 * kpl_account_of() - find the user whose account is charged
 * @cred: the credentials of a task
 *
 * In the initial user namespace everyone is charged for themselves. For those
 * in another one, the user who made it is charged; of nested namespaces the
 * outermost counts. If root made it, the user who is root inside it is charged.
 * If nobody is, or if that is the host's root, everyone in it is charged for
 * themselves.
 *
 * Return: the user whose account is charged.
 */
kuid_t kpl_account_of(const struct cred *cred)
{
	const struct user_namespace *ns = cred->user_ns;
	kuid_t root;

	if (ns == &init_user_ns)
		return cred->euid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
		return ns->owner;
	root = make_kuid((struct user_namespace *)ns, 0);
	if (!uid_valid(root) || uid_eq(root, GLOBAL_ROOT_UID))
		return cred->euid;
	return root;
}

static struct kpl_account *account_find(kuid_t uid)
{
	struct kpl_account *account;

	lockdep_assert_held(&account_lock);

	hash_for_each_possible(accounts, account, link, __kuid_val(uid))
		if (uid_eq(account->uid, uid))
			return account;
	return NULL;
}

/**
 * kpl_account_get() - find or make the account of a user
 * @uid: the user
 *
 * Return: the account, for kpl_account_put(); or NULL if there is no memory.
 */
struct kpl_account *kpl_account_get(kuid_t uid)
{
	struct kpl_account *account, *new;

	/* Outside the lock: in a full cgroup this may take long. */
	new = kzalloc(sizeof(*new), KPL_GFP);
	if (!new)
		return NULL;
	new->uid = uid;
	INIT_LIST_HEAD(&new->kept.dead);
	INIT_LIST_HEAD(&new->kept_lent.dead);

	mutex_lock(&account_lock);
	account = account_find(uid);
	if (!account) {
		account = new;
		new = NULL;
		hash_add(accounts, &account->link, __kuid_val(uid));
	}
	account->users++;
	mutex_unlock(&account_lock);
	kfree(new);
	return account;
}

/**
 * kpl_account_put() - undo kpl_account_get()
 * @account: the account
 */
void kpl_account_put(struct kpl_account *account)
{
	mutex_lock(&account_lock);
	if (!--account->users) {
		hash_del(&account->link);
		kfree(account);
	}
	mutex_unlock(&account_lock);
}

static bool account_is_root(const struct kpl_account *account)
{
	return uid_eq(account->uid, GLOBAL_ROOT_UID);
}

static u64 account_all_history_limit(void)
{
	u64 mib = READ_ONCE(account_all_history_max);

	return mib ? mib << 20 : (u64)totalram_pages() << PAGE_SHIFT >> 3;
}

/*
 * Whether a port with @history bytes would fit into the account if @spare of
 * its ports, which have @spare_history bytes together, were gone.
 */
static bool account_has_room(const struct kpl_account *account, u32 history,
			     unsigned int spare, u64 spare_history)
{
	unsigned int all_ports_max = READ_ONCE(account_all_ports_max);
	u64 all_history_max = account_all_history_limit();
	unsigned int ports_max;
	u64 history_max;

	lockdep_assert_held(&account_lock);

	/* However small the host, no user alone may shut out all others. */
	ports_max = min(READ_ONCE(account_ports_max),
			all_ports_max - all_ports_max / 2);
	history_max = min((u64)READ_ONCE(account_history_max) << 20,
			  all_history_max / 2);
	return account_is_root(account) ||
	       (account->ports - spare < ports_max &&
		account->history + history <= history_max + spare_history &&
		account_all_ports - spare < all_ports_max &&
		account_all_history + history <=
			all_history_max + spare_history);
}

/* Add a port to the account (@n is 1), or take one off (@n is -1). */
static void account_add(struct kpl_account *account, int n, u32 history)
{
	s64 bytes = (s64)n * history;

	lockdep_assert_held(&account_lock);

	account->ports += n;
	account->history += bytes;
	if (account_is_root(account))
		return;
	account_all_ports += n;
	account_all_history += bytes;
}

/**
 * kpl_account_charge() - charge an account for a port
 * @account: the account
 * @history: bytes of the port's history
 *
 * Return: 0, or EDQUOT if the port does not fit.
 */
int kpl_account_charge(struct kpl_account *account, u32 history)
{
	int ret = -EDQUOT;

	mutex_lock(&account_lock);
	if (account_has_room(account, history, 0, 0)) {
		account_add(account, 1, history);
		ret = 0;
	}
	mutex_unlock(&account_lock);
	return ret;
}

/**
 * kpl_account_would_fit() - whether an account could be charged for a port
 * @account: the account
 * @history: bytes of the port's history
 * @spare: how many ports of the account to regard as gone
 * @spare_history: bytes of history that these are charged for
 *
 * Return: whether it could, provided that nobody else is charged first.
 */
bool kpl_account_would_fit(const struct kpl_account *account, u32 history,
			   unsigned int spare, u64 spare_history)
{
	bool fits;

	mutex_lock(&account_lock);
	fits = account_has_room(account, history, spare, spare_history);
	mutex_unlock(&account_lock);
	return fits;
}

/**
 * kpl_account_uncharge() - undo kpl_account_charge()
 * @account: the account
 * @history: bytes of the port's history
 */
void kpl_account_uncharge(struct kpl_account *account, u32 history)
{
	mutex_lock(&account_lock);
	account_add(account, -1, history);
	mutex_unlock(&account_lock);
}

/**
 * kpl_account_dead_max() - how many dead ports are kept for each user
 *
 * Return: how many.
 */
unsigned int kpl_account_dead_max(void)
{
	return READ_ONCE(account_dead_max);
}
