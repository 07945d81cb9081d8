// SPDX-License-Identifier: GPL-2.0-only
#include "vt/behind.h"

#include <string.h>

void vtguest_moved(struct vt *vt)
{
	vt->last.row = -1;
	vt->last.at_edge = false;
	vt->last.at_end = false;
	vt->last.at_margin = false;
}

/* Makes libvterm print a character over the one in @col, which then is put back. */
static void go_behind(struct vt *vt, int row, int col)
{
	struct grid_row *line = vt->page.grid->row[row];
	struct vt_cell cell = line->cells[col];
	bool wraps = line->wraps;

	if (vt->inserts)
		vt_give(vt, "\033[4l", 4);
	vt_give(vt, VTTERM_NARROW, strlen(VTTERM_NARROW));
	if (vt->inserts)
		vt_give(vt, "\033[4h", 4);
	grid_put(vt->page.grid, row, col, &cell);
	line->wraps = wraps;
	vt->last.col = col;
}

void vtguest_go_behind(struct vt *vt)
{
	struct vt_place pos = vt_place(vt);
	struct grid_row *row = vt->page.grid->row[pos.row];

	if (pos.col != vt->page.cols - 1 || row->used <= pos.col)
		return;
	go_behind(vt, pos.row, pos.col - !row->cells[pos.col].width);
}

void vtguest_end_wide(struct vt *vt)
{
	if (!vt->last.at_end || vt->last.col != vt->page.cols - 2)
		return;
	vt_give(vt, "\033[C", 3);
	if (vt->wraps)
		go_behind(vt, vt->last.row, vt->last.col);
}

void vtguest_come_back(struct vt *vt)
{
	if (vt_wraps(vt))
		vt_give(vt, "\b\033[C", 4);
	vtguest_moved(vt);
}

void vtguest_tabbed(struct vt *vt)
{
	if (!vt->last.at_end && !vt->last.at_margin)
		vtguest_moved(vt);
}

void vtguest_stand(struct vt *vt, const struct vtparse_csi *csi)
{
	bool plain = !csi->leader && !csi->intermediate;
	bool at_end = vt->last.at_end;

	/* Modes, questions, tab stops and cursor shapes leave the cursor behind the row. */
	if (strchr("hlncgqsp", csi->final))
		return;
	if (!csi->intermediate && strchr("@PXKJ", csi->final)) {
		vtguest_come_back(vt);
	} else if (csi->final == 'I') {
		vtguest_tabbed(vt);
	} else {
		vtguest_moved(vt);
		/* Scrolling changes the row, but leaves the cursor behind it. */
		if (plain ? csi->final == 'S' || csi->final == 'T' : csi->intermediate == ' ')
			vt->last.at_end = at_end;
	}
}

/* Where a wide character in insert mode goes; row -1: into a new row, which is blank. */
static struct vt_place inserted_at(const struct vt *vt)
{
	struct vt_place pos = vt_place(vt);

	if (vt_wraps(vt) || pos.col + 2 > vt->page.cols) {
		pos.col = 0;
		if (pos.row == vt->region.bottom - 1)
			pos.row = -1;
		else if (pos.row < vt->page.rows - 1)
			pos.row++;
	}
	return pos;
}

void vtguest_insert_wide(struct vt *vt)
{
	struct vt_place pos = inserted_at(vt);
	const struct grid_rect rest = { pos.row, pos.row + 1, pos.col, vt->page.cols };

	if (pos.row >= 0)
		grid_scroll(vt->page.grid, rest, 0, -2, vt->pen.bg);
	vt_give(vt, "\033[4l", 4);
	vt_give(vt, VTTERM_WIDE, strlen(VTTERM_WIDE));
	vt_give(vt, "\033[4h", 4);
}
