/* SPDX-License-Identifier: GPL-2.0-only */
/* What characters are written with: SGR, ECMA-48 8.3.117. Pure. */
#ifndef KPL011_PEN_H
#define KPL011_PEN_H

#include "vt/vt.h"
#include "vt/vtparse.h"

struct pen {
	uint8_t attrs; /* enum vt_attr */
	struct vt_color fg, bg;
	bool is_protected; /* DECSCA; SGR does not change it */
};

/* Colours are indexed or RGB as the guest says it; what is unknown changes nothing. */
void pen_sgr(struct pen *pen, const struct vtparse_csi *csi);

/*
 * A cell as it is on a screen that is reversed as a whole (DECSCNM), as xterm has it: the
 * terminal's own two colours change places, black and white do, and all others stay.
 */
void pen_reverse_screen(struct vt_cell *cell);

#endif /* KPL011_PEN_H */
