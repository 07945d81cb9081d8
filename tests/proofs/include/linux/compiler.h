/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROOFS_LINUX_COMPILER_H
#define PROOFS_LINUX_COMPILER_H

/* What other threads may do meanwhile: each proof has its own. */
static void elsewhere(void);

#define READ_ONCE(x)		(elsewhere(), (x))
#define WRITE_ONCE(x, value)	((void)((x) = (value)))

#endif
