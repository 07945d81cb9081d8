/* SPDX-License-Identifier: GPL-2.0-only */
/* All ports: their numbers, how long dead ones are kept, and reaping. */
#ifndef KPL011_REGISTRY_H
#define KPL011_REGISTRY_H

#include <linux/types.h>

struct kpl_account;
struct kpl_port;
struct kpl_vm;

int kpl_registry_init(void);
void kpl_registry_exit(void);

struct kpl_account *kpl_registry_admit(const struct kpl_vm *vm, u32 history);
void kpl_registry_dismiss(struct kpl_account *account, u32 history);
void kpl_registry_prepare(struct kpl_port *port);
int kpl_registry_number(struct kpl_port *port);
void kpl_registry_unspend(struct kpl_port *port);
void kpl_registry_unnumber(struct kpl_port *port);
void kpl_registry_add(struct kpl_port *port);
void kpl_registry_bury(struct kpl_port *port);
void kpl_registry_settle(struct kpl_port *port);
int kpl_registry_reap(struct kpl_port *port);

#endif /* KPL011_REGISTRY_H */
