/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What DECSC saves and DECRC restores, for each of the two screens. libvterm saves only
 * the cursor's place, once for both, and does not check that it is on the screen.
 */
#ifndef KPL011_SAVED_H
#define KPL011_SAVED_H

#include "vt/vtterm.h"

/* Sets both to the cursor at home, without attributes. */
void saved_reset(struct vt *vt);

void saved_save(struct vt *vt);
void saved_restore(struct vt *vt);

#endif /* KPL011_SAVED_H */
