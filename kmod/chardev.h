/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be done with an open /dev/kpl011/<id>. */
#ifndef KPL011_CHARDEV_H
#define KPL011_CHARDEV_H

#include <linux/fs.h>

extern const struct file_operations kpl_chardev_fops;

#endif /* KPL011_CHARDEV_H */
