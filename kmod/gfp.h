/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags for memory that a user pays for. */
#ifndef KPL011_GFP_H
#define KPL011_GFP_H

#include <linux/gfp.h>

/*
 * Charged to the caller's memory cgroup. If that is full, the allocation fails;
 * without RETRY_MAYFAIL a process of the cgroup would be killed for a few
 * bytes.
 */
#define KPL_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif /* KPL011_GFP_H */
