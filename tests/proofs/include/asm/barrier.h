/* SPDX-License-Identifier: GPL-2.0-only */
/* For a proof of one thread: before each load another one may have run. */
#ifndef PROOFS_ASM_BARRIER_H
#define PROOFS_ASM_BARRIER_H

#include <linux/compiler.h>

#define smp_rmb()			elsewhere()
#define smp_wmb()			elsewhere()
#define smp_load_acquire(p)		READ_ONCE(*(p))
#define smp_store_release(p, value)	WRITE_ONCE(*(p), value)

#endif
