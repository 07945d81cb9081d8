/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path for text and line ends, which are most of what guests print. They go
 * directly to the page. libvterm learns only where the cursor is, as soon as it has to
 * know (vt->ahead). If a mode, a margin or the edge of the screen makes a difference,
 * these functions do nothing and return false or 0: libvterm has to do it.
 */
#ifndef KPL011_PLAIN_H
#define KPL011_PLAIN_H

#include "vt/vtterm.h"

/* Whether text goes to the cursor's place unchanged: no mode or margin is in the way. */
bool plain_is(const struct vt *vt);

/* Prints ASCII. Returns how many characters it printed. */
size_t plain_text(struct vt *vt, const char *text, size_t len);

/* Prints a character of @width columns, 1 or 2. */
bool plain_glyph(struct vt *vt, uint32_t ch, int width);

/* CR, LF, and VT and FF, which do the same as LF. */
bool plain_control(struct vt *vt, unsigned char c);

/* CUP; EL to the end of the row. */
bool plain_move(struct vt *vt, const struct vtparse_csi *csi);
bool plain_erase_row(struct vt *vt);

#endif /* KPL011_PLAIN_H */
