/* SPDX-License-Identifier: GPL-2.0-only */
/* What each user has of ports, and may have. */
#ifndef KPL011_ACCOUNT_H
#define KPL011_ACCOUNT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;

/**
 * struct kpl_kept - ports that are kept though they are out of their VM
 * @dead: the longest dead first; under registry_lock
 * @n_dead: how many; likewise
 */
struct kpl_kept {
	struct list_head dead;
	unsigned int n_dead;
};

/**
 * struct kpl_account - what a user has; there is one for each who has ports
 * @link: in the table of them
 * @uid: the user
 * @users: from kpl_account_get() to kpl_account_put()
 * @ports: charged
 * @history: bytes charged
 * @kept: of the ports charged, those of the user's own VMs
 * @kept_lent: and those of VMs of root's (kpl_vm_is_lent()), which are root's
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
