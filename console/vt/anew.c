// SPDX-License-Identifier: GPL-2.0-only
/* Resets a guest's terminal: for the operator's key, a guest that starts again, or a replay. */
#include "vt/vt.h"

#include "vt/vtguest.h"

/* Drops a sequence that the guest has begun, and what a reset by the guest would keep. */
static void begin_anew(struct vt *vt)
{
	vtparse_init(&vt->parse);
	vt->hidden_row = -1;
	vt->writing = true;
	vt->allows_columns = false;
	vt->keeps_screen = false;
}

void vt_reset(struct vt *vt)
{
	begin_anew(vt);
	page_keep_all(&vt->page);
	vtguest_reset(vt, true);
	vt->writing = false;
}

void vt_go_back(struct vt *vt, uint64_t line)
{
	int cols_before = vt->cols_before;

	begin_anew(vt);
	page_keep_before(&vt->page, line);
	/* Keeps the size: the sequence that chose it may not be written again. */
	vt->cols_before = 0;
	vtguest_reset(vt, true);
	vt->cols_before = cols_before;
	vt->writing = false;
}

/* Moves the cursor to the start of a row; scrolls if that is below the last. Returns the row. */
static int go_to(struct vt *vt, int row)
{
	vt_givef(vt, "\033[%d;1H", row + 1);
	if (row < vt->page.rows)
		return row;
	vt_give(vt, "\n", 1);
	return vt->page.rows - 1;
}

void vt_revive(struct vt *vt)
{
	struct grid *other;
	int rows;
	int row;

	begin_anew(vt);
	other = page_take_alternate(&vt->page, &rows);
	vtguest_reset(vt, false);
	row = page_next_row(&vt->page);
	/* Puts the alternate screen below, as if the guest had printed it there. */
	for (int i = 0; i < rows; i++) {
		row = go_to(vt, row);
		page_swap_row(&vt->page, row++, other, i);
	}
	grid_free(other);
	go_to(vt, row);
	vt->writing = false;
}
