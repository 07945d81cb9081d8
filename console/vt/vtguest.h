/* SPDX-License-Identifier: GPL-2.0-only */
/* Carries out the guest's bytes, which vtparse has split into text and sequences. */
#ifndef KPL011_VTGUEST_H
#define KPL011_VTGUEST_H

#include "vt/vtterm.h"

/* What to do with each part of the guest's bytes; the argument is a struct vt. */
extern const struct vtparse_ops vtguest_ops;

/* Resets to the state after power-on; unless @hard, the primary screen stays. */
void vtguest_reset(struct vt *vt, bool hard);

#endif /* KPL011_VTGUEST_H */
