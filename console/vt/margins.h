/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Margins, and what depends on them. libvterm implements those at the top and the
 * bottom (DECSTBM). Of those at the sides (DECLRMM, DECSLRM) it implements only how
 * text scrolls between them: where the cursor stops and wraps is implemented here.
 */
#ifndef KPL011_MARGINS_H
#define KPL011_MARGINS_H

#include "vt/vtterm.h"

/* Removes all margins and leaves the cursor. The caller has to tell libvterm. */
void margins_reset(struct vt *vt);

/* DECSTBM and DECSLRM: set margins, and the cursor goes home. Invalid ones are ignored. */
void margins_set_rows(struct vt *vt, const struct vtparse_csi *csi);
void margins_set_cols(struct vt *vt, const struct vtparse_csi *csi);

/* DECLRMM: whether there may be margins at the sides. */
void margins_allow_sides(struct vt *vt, bool on);

/* Whether the cursor is between all margins. */
bool margins_have_cursor(const struct vt *vt);

/* The last column in which a character can be printed in the cursor's row. */
int margins_last_col(const struct vt *vt);

/*
 * Prints a character between the margins at the sides, through libvterm. False: there are no such
 * margins, and nothing was done.
 */
bool margins_put(struct vt *vt, const char *bytes, size_t len, int width);

/*
 * Carry out controls and cursor movements that margins change. False: margins make no difference,
 * and nothing was done.
 */
bool margins_control(struct vt *vt, unsigned char c);
bool margins_escape(struct vt *vt, char final);
bool margins_move(struct vt *vt, const struct vtparse_csi *csi);

/* Moves the cursor to the left margin, as IL and DL do. */
void margins_go_left(struct vt *vt);

/* ICH and DCH: move the cells from the cursor to the right margin left by @left columns. */
void margins_shift_cells(struct vt *vt, int left);

/* SL and SR; DECBI and DECFI: move what is between the margins left or right. */
void margins_shift(struct vt *vt, int left);
void margins_index(struct vt *vt, bool forward);

#endif /* KPL011_MARGINS_H */
