// SPDX-License-Identifier: GPL-2.0-only
#include "vt/saved.h"

#include "vt/behind.h"

void saved_reset(struct vt *vt)
{
	vt->saved[0] = vt->saved[1] = (struct vt_saved){ .row = 0 };
}

static struct vt_saved *saved_of(struct vt *vt)
{
	return &vt->saved[!page_is_primary(&vt->page)];
}

void saved_save(struct vt *vt)
{
	struct vt_place pos = vt_place(vt);

	*saved_of(vt) = (struct vt_saved){
		.row = pos.row,
		.col = pos.col,
		.pen = vt->pen,
		.charset = vt->charset,
		.in_margins = vt->in_margins,
		.at_end = vt->last.at_end,
	};
}

static void restore_place(struct vt *vt, const struct vt_saved *saved)
{
	int row = saved->row < 0 ? 0 : saved->row;
	int col = saved->col;

	vt->in_margins = saved->in_margins;
	vt_givef(vt, "\033[?6%c", vt->in_margins ? 'h' : 'l');
	if (vt->in_margins) {
		row = row > vt->region.top ? row - vt->region.top : 0;
		col = col > vt->region.left ? col - vt->region.left : 0;
	}
	vt_givef(vt, "\033[%d;%dH", row + 1, col + 1);
}

void saved_restore(struct vt *vt)
{
	const struct vt_saved *saved = saved_of(vt);

	vtguest_moved(vt);
	restore_place(vt, saved);
	vt->charset = saved->charset;
	vt->pen = saved->pen;
	if (saved->at_end)
		vtguest_go_behind(vt);
}
