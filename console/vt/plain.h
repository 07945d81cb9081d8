/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Most of what guests print is text and line ends: that is put onto the page here, and
 * libvterm hears of it no more than where the cursor is, when it has to know
 * (vt->ahead). Each of these does nothing, and says so, where a mode, a margin or the
 * edge of the screen makes a difference: that is libvterm's.
 */
#ifndef KPL011_PLAIN_H
#define KPL011_PLAIN_H

#include "vt/vtguest.h"

/* Whether text goes where the cursor is, as it is. */
bool plain_is(const struct vt *vt);

/* How many characters of ASCII, from the first on, are done. */
size_t plain_text(struct vt *vt, const char *text, size_t len);

/* A character that has @width columns, 1 or 2. */
bool plain_glyph(struct vt *vt, uint32_t ch, int width);

/* CR, LF and those that are as LF. */
bool plain_control(struct vt *vt, unsigned char c);

/* CUP; EL to the end of the row. */
bool plain_move(struct vt *vt, const struct vtparse_csi *csi);
bool plain_erase_row(struct vt *vt);

#endif /* KPL011_PLAIN_H */
