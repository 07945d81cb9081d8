/* SPDX-License-Identifier: GPL-2.0-only */
/* All ports: their numbers, how long dead ones are kept, and reaping. */
#ifndef KPL011_REGISTRY_H
#define KPL011_REGISTRY_H

struct kpl_port;
struct kpl_port_config;
struct kpl_vm;

int kpl_registry_init(void);
void kpl_registry_exit(void);

struct kpl_port *kpl_registry_create(const struct kpl_port_config *config,
				     struct kpl_vm *vm);
int kpl_registry_number(struct kpl_port *port);
void kpl_registry_unspend(struct kpl_port *port);
void kpl_registry_add(struct kpl_port *port);
void kpl_registry_settle(struct kpl_port *port);
int kpl_registry_reap(struct kpl_port *port);

#endif /* KPL011_REGISTRY_H */
