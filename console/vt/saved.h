/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What DECSC saves and DECRC restores, for each of the two screens. libvterm has the
 * place only, one of them, and does not look whether it is on the screen.
 */
#ifndef KPL011_SAVED_H
#define KPL011_SAVED_H

#include "vt/vtguest.h"

/* On both screens: the cursor is at home, and nothing is set. */
void saved_reset(struct vt *vt);

void saved_save(struct vt *vt);
void saved_restore(struct vt *vt);

#endif /* KPL011_SAVED_H */
