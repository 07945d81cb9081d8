/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/kpl011/<id>: the node of a port, and its device. */
#ifndef KPL011_NODE_H
#define KPL011_NODE_H

#include <linux/fs.h>

struct kpl_port;

int kpl_node_init_class(const struct file_operations *fops);
void kpl_node_exit_class(void);

void kpl_node_init(struct kpl_port *port);
int kpl_node_add(struct kpl_port *port);
void kpl_node_show(struct kpl_port *port);
void kpl_node_del(struct kpl_port *port);

struct kpl_port *kpl_node_get(const struct inode *inode);

#endif /* KPL011_NODE_H */
