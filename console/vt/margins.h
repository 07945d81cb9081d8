/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Margins, and what goes by them. libvterm knows those at the top and the bottom
 * (DECSTBM), and of those at the sides (DECLRMM, DECSLRM) what scrolls between them;
 * where the cursor stops and wraps there is done here.
 */
#ifndef KPL011_MARGINS_H
#define KPL011_MARGINS_H

#include "vt/vtguest.h"

/* There are none. The cursor stays; libvterm is told by who calls it. */
void margins_reset(struct vt *vt);

/* DECSTBM and DECSLRM: the cursor goes home. What is no margin is not heeded. */
void margins_set_rows(struct vt *vt, const struct vtparse_csi *csi);
void margins_set_cols(struct vt *vt, const struct vtparse_csi *csi);

/* DECLRMM: whether there may be some at the sides. */
void margins_allow_sides(struct vt *vt, bool on);

/* Whether the cursor is between them. */
bool margins_have_cursor(const struct vt *vt);

/* The last column that a character can come to in the row of the cursor. */
int margins_last_col(const struct vt *vt);

/* Gives a character to libvterm where it goes between them. False: there are none at the sides. */
bool margins_put(struct vt *vt, const char *bytes, size_t len, int width);

/* What they change of C0 and C1 controls and of what moves the cursor in its row. */
bool margins_control(struct vt *vt, unsigned char c);
bool margins_escape(struct vt *vt, char final);
bool margins_move(struct vt *vt, const struct vtparse_csi *csi);

/* The cursor goes to the left margin: IL and DL do so. */
void margins_go_left(struct vt *vt);

/* ICH and DCH: what is from the cursor to the margin, in its row. */
void margins_shift_cells(struct vt *vt, int left);

/* SL and SR; DECBI and DECFI: what is between the margins goes to the left, or right. */
void margins_shift(struct vt *vt, int left);
void margins_index(struct vt *vt, bool forward);

#endif /* KPL011_MARGINS_H */
