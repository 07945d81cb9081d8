/* SPDX-License-Identifier: GPL-2.0-only */
/* The ioctls of /dev/kpl011/<id>. */
#ifndef KPL011_REQUESTS_H
#define KPL011_REQUESTS_H

struct file;

long kpl_requests_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* KPL011_REQUESTS_H */
