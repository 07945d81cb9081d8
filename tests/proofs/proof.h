/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the proofs share. What is not assigned has any value; a proof assumes of
 * it what it needs, and checks what must follow.
 */
#ifndef PROOFS_PROOF_H
#define PROOFS_PROOF_H

#include <linux/types.h>

#define ASSUME(condition)	__CPROVER_assume(condition)
#define CHECK(condition)	__CPROVER_assert(condition, #condition)

u64 nondet_u64(void);
u32 nondet_u32(void);
u16 nondet_u16(void);

static inline bool any_bool(void)
{
	return nondet_u32() & 1;
}

#endif /* PROOFS_PROOF_H */
