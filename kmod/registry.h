/* SPDX-License-Identifier: GPL-2.0-only */
/* All ports: their numbers, how long dead ones are kept, reaping. */
#ifndef KPL011_REGISTRY_H
#define KPL011_REGISTRY_H

#include <linux/types.h>

struct kpl_port;

#define KPL_REGISTRY_DEAD_MAX	16	/* dead ports kept for each user */

int kpl_registry_init(void);
void kpl_registry_exit(void);

void kpl_registry_prepare(struct kpl_port *port);
int kpl_registry_number(struct kpl_port *port);
void kpl_registry_add(struct kpl_port *port);
void kpl_registry_bury(struct kpl_port *port);
int kpl_registry_reap(struct kpl_port *port);
void kpl_registry_each(void (*fn)(struct kpl_port *port));

#endif /* KPL011_REGISTRY_H */
