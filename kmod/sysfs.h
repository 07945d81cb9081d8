/* SPDX-License-Identifier: GPL-2.0-only */
/* The device class, and what it shows of a port in sysfs and devtmpfs. */
#ifndef KPL011_SYSFS_H
#define KPL011_SYSFS_H

#include <linux/device.h>

struct kpl_port;

extern struct class kpl_class;
extern const struct device_type kpl_port_type;

int kpl_sysfs_own(struct kpl_port *port);

#endif /* KPL011_SYSFS_H */
