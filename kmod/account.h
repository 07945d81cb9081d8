/* SPDX-License-Identifier: GPL-2.0-only */
/* How many ports, and how much history, each user has and may have. */
#ifndef KPL011_ACCOUNT_H
#define KPL011_ACCOUNT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;

/**
 * struct kpl_kept - ports that are kept after they have left their VM
 * @dead: the ports, those dead longest first; under registry_lock
 * @n_dead: how many they are; likewise
 */
struct kpl_kept {
	struct list_head dead;
	unsigned int n_dead;
};

/**
 * struct kpl_account - what a user has; one for each user who has ports
 * @link: in the hash table of accounts
 * @uid: the user
 * @users: references, from kpl_account_get() to kpl_account_put()
 * @ports: ports charged
 * @history: bytes of history charged
 * @kept: dead ports of the user's own VMs
 * @kept_lent: dead ports of VMs of root's that are charged to the user
 *	       (kpl_vm_is_lent()); they belong to root
 */
struct kpl_account {
	struct hlist_node link;
	kuid_t uid;
	unsigned int users;
	unsigned int ports;
	u64 history;
	struct kpl_kept kept;
	struct kpl_kept kept_lent;
};

kuid_t kpl_account_of(const struct cred *cred);
struct kpl_account *kpl_account_get(kuid_t uid);
void kpl_account_put(struct kpl_account *account);
int kpl_account_charge(struct kpl_account *account, u32 history);
bool kpl_account_would_fit(const struct kpl_account *account, u32 history,
			   unsigned int spare, u64 spare_history);
void kpl_account_uncharge(struct kpl_account *account, u32 history);
unsigned int kpl_account_dead_max(void);

#endif /* KPL011_ACCOUNT_H */
