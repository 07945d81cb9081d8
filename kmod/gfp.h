/* SPDX-License-Identifier: GPL-2.0-only */
/* How memory is asked for that a user pays for. */
#ifndef KPL011_GFP_H
#define KPL011_GFP_H

#include <linux/gfp.h>

/*
 * Charged to the memory cgroup of the caller. One whose cgroup is full gets an
 * error: without RETRY_MAYFAIL a process of it would be killed for a few bytes.
 */
#define KPL_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif /* KPL011_GFP_H */
