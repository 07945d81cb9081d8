/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LINUX_FS_H
#define UNIT_LINUX_FS_H

#include <sys/types.h>

#define __user

struct file {
	loff_t f_pos;
};

#endif
