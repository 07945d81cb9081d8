/* SPDX-License-Identifier: GPL-2.0-only */
/* How every ioctl of the ABI takes and returns its structure. */
#ifndef KPL011_IOCTL_H
#define KPL011_IOCTL_H

#include <linux/types.h>

/**
 * struct kpl_ioctl_head - what every structure of the ABI begins with
 * @size: bytes of the structure as the caller knows it
 * @flags: its flags; which ones there are depends on the structure
 */
struct kpl_ioctl_head {
	u32 size;
	u32 flags;
};

int kpl_ioctl_copy_in(void *args, size_t size, size_t size_v1,
		      u32 flags, const void __user *user);
int kpl_ioctl_copy_out(void __user *user, const void *args, size_t size);

#endif /* KPL011_IOCTL_H */
