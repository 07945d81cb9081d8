/* SPDX-License-Identifier: GPL-2.0-only */
/* The attributes and colours with which characters are written: SGR, ECMA-48 8.3.117. Pure. */
#ifndef KPL011_PEN_H
#define KPL011_PEN_H

#include "vt/vt.h"
#include "vt/vtparse.h"

struct pen {
	uint8_t attrs; /* enum vt_attr */
	struct vt_color fg, bg;
	bool is_protected; /* DECSCA; SGR does not change it */
};

/* Carries out SGR. A colour stays indexed or RGB, as the guest gave it. Ignores the unknown. */
void pen_sgr(struct pen *pen, const struct vtparse_csi *csi);

/*
 * Writes the numbers of SGR for the attributes, ";1;4", of which there are eight at most, without a
 * NUL. Returns where they end.
 */
char *pen_put_attrs(const struct pen *pen, char *at);

/*
 * Changes a cell to what it looks like on a screen that is reversed as a whole (DECSCNM), as in
 * xterm: swaps the terminal's two default colours, and black and white. Other colours stay.
 */
void pen_reverse_screen(struct vt_cell *cell);

#endif /* KPL011_PEN_H */
