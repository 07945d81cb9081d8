// SPDX-License-Identifier: GPL-2.0-only
/* A terminal that begins anew: by its operator's key, or since its guest does. */
#include "vt/vt.h"

#include "vt/vtguest.h"

/* What the guest had begun is not gone on with. */
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
	/* What gave it its size may not be written again. */
	vt->cols_before = 0;
	vtguest_reset(vt, true);
	vt->cols_before = cols_before;
	vt->writing = false;
}

/* The cursor goes to the beginning of a row; below the last one there is a new one. */
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
	/* As if a guest that shows it no more had printed it. */
	for (int i = 0; i < rows; i++) {
		row = go_to(vt, row);
		page_swap_row(&vt->page, row++, other, i);
	}
	grid_free(other);
	go_to(vt, row);
	vt->writing = false;
}
