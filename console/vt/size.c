// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes a screen's size, by the operator or for DECCOLM: what of it goes to the scrollback or is
 * hidden, and where the cursor is then.
 */
#include "vt/behind.h"
#include "vt/margins.h"

static int resize(struct vt *vt, int rows, int cols)
{
	struct vt_place pos = vt_place(vt);
	bool hidden = vt->hidden_row >= 0;
	bool writing = vt->writing;
	int up;
	int error;

	if (rows == vt->page.rows && cols == vt->page.cols)
		return 0;
	error = page_resize(&vt->page, rows, cols, pos.row, &up);
	if (error)
		return error;
	vt->saved[0].row -= up;
	if (hidden)
		pos = (struct vt_place){ vt->hidden_row, vt->hidden_col };
	if (page_is_primary(&vt->page))
		pos.row -= up;
	/* A screen that is large enough shows it there again, unless something is written first. */
	hidden = pos.row >= rows || pos.col >= cols;
	vt->hidden_row = hidden ? pos.row : -1;
	vt->hidden_col = pos.col;
	/* Removes the margins, which may now be outside. */
	vt->writing = true;
	vt_give(vt, "\033[r\033[s", 6);
	margins_reset(vt);
	vtterm_resize(vt, rows, cols);
	vt_givef(vt, "\033[%d;%dH", pos.row + 1, pos.col + 1);
	vt->writing = writing;
	vtguest_moved(vt);
	return 0;
}

int vt_resize(struct vt *vt, int rows, int cols)
{
	int error = resize(vt, rows, cols);

	/* The operator's size: a reset must not bring back the one from before DECCOLM. */
	if (!error && !vt->writing)
		vt->cols_before = 0;
	return error;
}
