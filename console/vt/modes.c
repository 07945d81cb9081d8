// SPDX-License-Identifier: GPL-2.0-only
#include "vt/modes.h"

#include "vt/behind.h"
#include "vt/margins.h"
#include "vt/saved.h"

void modes_set(struct vt *vt, unsigned int mode, bool on)
{
	if (mode == 4)
		vt->inserts = on;
	if (mode == 20)
		vt->newlines = on;
	vt_givef(vt, "\033[%u%c", mode, on ? 'h' : 'l');
}

/*
 * DECCOLM: 132 columns or 80; ignored unless the guest has set ?40. Even if the operator does
 * not let the guest choose the size, this clears the screen (unless DECNCSM is set), moves the
 * cursor home and removes the margins.
 */
static void set_columns(struct vt *vt, bool wide)
{
	const struct grid_rect all = { 0, vt->page.rows, 0, vt->page.cols };
	int before = vt->cols_before ? vt->cols_before : vt->page.cols;

	if (!vt->allows_columns)
		return;
	vtguest_moved(vt);
	if (!vt->keeps_screen)
		grid_erase(vt->page.grid, all, vt->pen.bg);
	margins_reset(vt);
	vt_give(vt, "\033[r\033[s\033[H", 9);
	if (!vt->may_resize || vt_resize(vt, vt->page.rows, wide ? 132 : 80))
		return;
	vt->cols_before = wide ? before : 0;
}

/* DECAWM: takes effect when the next character is printed. */
static void set_wraps(struct vt *vt, bool on)
{
	bool at_end = vt->last.at_end;

	if (on == vt->wraps)
		return;
	if (!on) {
		vtguest_come_back(vt);
		vt->last.at_end = at_end;
	}
	vt->wraps = on;
	vt_givef(vt, "\033[?7%c", on ? 'h' : 'l');
	if (!on || !at_end)
		return;
	/* The last character may have been erased since: vtguest_go_behind() checks that. */
	vtguest_moved(vt);
	vtguest_go_behind(vt);
}

/*
 * libvterm erases the alternate screen whenever it shows it. Only 1049 is to do so; 1047 erases
 * the alternate screen on leaving it.
 */
static void show_alternate(struct vt *vt, unsigned int mode, bool on)
{
	const struct grid_rect all = { 0, vt->page.rows, 0, vt->page.cols };

	if (mode == 1047 && !on && !page_is_primary(&vt->page))
		grid_erase(vt->page.grid, all, vt->pen.bg);
	vt->keeps_all = mode != 1049;
	vt_givef(vt, "\033[?1047%c", on ? 'h' : 'l');
	vt->keeps_all = false;
}

void modes_set_private(struct vt *vt, unsigned int mode, bool on)
{
	switch (mode) {
	case 3:
		set_columns(vt, on);
		return;
	case 7:
		set_wraps(vt, on);
		return;
	case 40:
		vt->allows_columns = on;
		return;
	case 67:
		vt->backspace = on ? VT_BACKSPACE_BS : VT_BACKSPACE_DEL;
		return;
	case 69:
		margins_allow_sides(vt, on);
		return;
	case 95:
		vt->keeps_screen = on;
		return;
	case 47:
	case 1047:
	case 1048:
	case 1049:
		if (mode >= 1048 && on)
			saved_save(vt);
		vtguest_moved(vt);
		if (mode != 1048)
			show_alternate(vt, mode, on);
		if (mode >= 1048 && !on)
			saved_restore(vt);
		return;
	case 6:
		vtguest_moved(vt);
		vt->in_margins = on;
		break;
	default:
		break;
	}
	vt_givef(vt, "\033[?%u%c", mode, on ? 'h' : 'l');
}
