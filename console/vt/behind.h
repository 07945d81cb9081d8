/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a row is full, the cursor is "behind" it, and the next character wraps. libvterm's cursor
 * gets there only by printing a character, and does not always leave as xterm's does.
 */
#ifndef KPL011_BEHIND_H
#define KPL011_BEHIND_H

#include "vt/vtterm.h"

/* To be called before a CSI sequence: decides whether the cursor stays behind the row. */
void vtguest_stand(struct vt *vt, const struct vtparse_csi *csi);

/* The same for a tab: at the end of a row it does nothing, and the next character still wraps. */
void vtguest_tabbed(struct vt *vt);

/* Corrects libvterm's cursor, which stays on the first column of a wide one that ends the row. */
void vtguest_end_wide(struct vt *vt);

/* Inserts a wide character: in insert mode libvterm makes room for one column only. */
void vtguest_insert_wide(struct vt *vt);

/* Moves the cursor behind the row again, if it is in the last column and that has a cell. */
void vtguest_go_behind(struct vt *vt);

/* Moves a cursor that is behind the row to its last column. */
void vtguest_come_back(struct vt *vt);

/* Notes that the cursor is not behind the last character any more. */
void vtguest_moved(struct vt *vt);

#endif /* KPL011_BEHIND_H */
