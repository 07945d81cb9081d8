/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the supported kernels (6.1 and later) outside KVM. Those
 * of KVM are in kvm.c.
 */
#ifndef KPL011_COMPAT_H
#define KPL011_COMPAT_H

#include <linux/version.h>

/* device_type.devnode() is given a const device from 6.2 on. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define KPL_DEVNODE_CONST const
#else
#define KPL_DEVNODE_CONST
#endif

#endif /* KPL011_COMPAT_H */
