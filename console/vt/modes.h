/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SM and RM, and DECSET and DECRST: what is done here for a mode before libvterm gets it.
 * Modes that are implemented here alone do not go to libvterm; all others do.
 */
#ifndef KPL011_MODES_H
#define KPL011_MODES_H

#include "vt/vtterm.h"

void modes_set(struct vt *vt, unsigned int mode, bool on);
void modes_set_private(struct vt *vt, unsigned int mode, bool on);

#endif /* KPL011_MODES_H */
