/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's ABI, a call each. */
#ifndef KPL011_TEST_PORT_H
#define KPL011_TEST_PORT_H

#include <linux/kpl011.h>

/* What QEMU's virt machine would have. */
struct kpl011_attach port_args(int vm_fd);
/* 0 or -errno. */
int port_attach(struct kpl011_attach *args);
/* Attach with these and open the node: a descriptor, or -errno. */
int port_attach_open(struct kpl011_attach *args, int flags);
int port_open(unsigned int id, int flags);
int port_info(int fd, struct kpl011_info *info);
int port_break(int fd);
int port_reap(int fd);

/* Wait until the file has some of the events: those it has, 0 after a minute. */
int port_poll(int fd, short events);

#endif
