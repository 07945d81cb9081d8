/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/kpl011/<id>: the node of a port, and what can be done with it. */
#ifndef KPL011_CHARDEV_H
#define KPL011_CHARDEV_H

struct kpl_port;

int kpl_chardev_init_class(void);
void kpl_chardev_exit_class(void);

void kpl_chardev_init(struct kpl_port *port);
int kpl_chardev_add(struct kpl_port *port);
void kpl_chardev_show(struct kpl_port *port);
void kpl_chardev_del(struct kpl_port *port);

#endif /* KPL011_CHARDEV_H */
