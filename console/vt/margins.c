// SPDX-License-Identifier: GPL-2.0-only
#include "vt/margins.h"

#include "base/within.h"
#include "vt/behind.h"
#include "vt/controls.h"

void margins_reset(struct vt *vt)
{
	vt->margins = false;
	vt->region = (struct grid_rect){ 0, vt->page.rows, 0, vt->page.cols };
}

/* An argument; @most if it is left out or too great. */
static int bound_of(const struct vtparse_csi *csi, unsigned int at, int most)
{
	unsigned int arg = at < csi->count ? csi->args[at] : 0;

	return arg && arg < (unsigned int)most ? (int)arg : most;
}

static int first_of(const struct vtparse_csi *csi)
{
	return csi->args[0] ? (int)csi->args[0] : 1;
}

void margins_set_rows(struct vt *vt, const struct vtparse_csi *csi)
{
	int bottom = bound_of(csi, 1, vt->page.rows);
	int top = first_of(csi);

	if (top >= bottom)
		return;
	vtguest_moved(vt);
	vt->margins = top > 1 || bottom < vt->page.rows;
	vt->region.top = top - 1;
	vt->region.bottom = bottom;
	vt_givef(vt, "\033[%d;%dr", top, bottom);
}

void margins_set_cols(struct vt *vt, const struct vtparse_csi *csi)
{
	int right = bound_of(csi, 1, vt->page.cols);
	int left = first_of(csi);

	if (left >= right)
		return;
	vtguest_moved(vt);
	vt->region.left = left - 1;
	vt->region.right = right;
	vt_givef(vt, "\033[%d;%ds", left, right);
}

void margins_allow_sides(struct vt *vt, bool on)
{
	struct vt_place pos = vt_place(vt);
	bool wraps = vt_wraps(vt);

	vt->sides = on;
	vt->region.left = 0;
	vt->region.right = vt->page.cols;
	/* libvterm keeps earlier margins, and moves the cursor home when they are set. */
	vt_givef(vt, "\033[?69%c\033[s", on ? 'h' : 'l');
	vt_givef(vt, "\033[%d;%dH", pos.row + 1 - (vt->in_margins ? vt->region.top : 0),
		 pos.col + 1);
	if (wraps)
		vtguest_go_behind(vt);
}

/* Whether a margin is not at the edge of the screen. Otherwise libvterm needs no help. */
static bool has_sides(const struct vt *vt)
{
	return vt->region.left > 0 || vt->region.right < vt->page.cols;
}

static bool has_row(const struct vt *vt, int row)
{
	return row >= vt->region.top && row < vt->region.bottom;
}

static bool has_col(const struct vt *vt, int col)
{
	return col >= vt->region.left && col < vt->region.right;
}

bool margins_have_cursor(const struct vt *vt)
{
	struct vt_place pos = vt_place(vt);

	return has_row(vt, pos.row) && has_col(vt, pos.col);
}

/* Moves the cursor in its row. libvterm's CUB and CUF ignore margins. */
static void go_to_col(struct vt *vt, int col)
{
	int by = col - vt_place(vt).col;

	if (by < 0)
		vt_givef(vt, "\033[%dD", -by);
	else if (by > 0)
		vt_givef(vt, "\033[%dC", by);
}

void margins_go_left(struct vt *vt)
{
	go_to_col(vt, vt->region.left);
}

/* The last column that a cursor in @col can go to. */
static int end_for(const struct vt *vt, int col)
{
	return (col < vt->region.right ? vt->region.right : vt->page.cols) - 1;
}

int margins_last_col(const struct vt *vt)
{
	return end_for(vt, vt_place(vt).col);
}

static int begin_for(const struct vt *vt, int col)
{
	return col < vt->region.left ? 0 : vt->region.left;
}

static void wrap(struct vt *vt)
{
	vt_give(vt, "\033D", 2);
	margins_go_left(vt);
}

bool margins_put(struct vt *vt, const char *bytes, size_t len, int width)
{
	struct vt_place pos;
	int end;

	if (!has_sides(vt))
		return false;
	pos = vt_place(vt);
	if (vt->last.at_margin || (vt->wraps && pos.col + width - 1 > end_for(vt, pos.col)))
		wrap(vt);
	pos = vt_place(vt);
	end = end_for(vt, pos.col);
	if (pos.col + width - 1 > end) {
		pos.col = end - width + 1;
		go_to_col(vt, pos.col);
	}
	if (vt->inserts) {
		const struct grid_rect rest = { pos.row, pos.row + 1, pos.col, end + 1 };

		grid_scroll(vt->page.grid, rest, 0, -width, vt->pen.bg);
		vt_give(vt, "\033[4l", 4);
	}
	vt_give(vt, bytes, len);
	if (vt->inserts)
		vt_give(vt, "\033[4h", 4);
	if (pos.col + width - 1 == end) {
		go_to_col(vt, end);
		vt->last.at_margin = vt->wraps;
	}
	return true;
}

/* HT and CHT stop at the right margin; CBT stops at the left one in origin mode. */
static void tab(struct vt *vt, int count)
{
	int end = vt->region.right - 1;

	vt_givef(vt, "\033[%dI", count);
	if (vt_place(vt).col > end)
		go_to_col(vt, end);
}

static void tab_back(struct vt *vt, int count)
{
	vt_givef(vt, "\033[%dZ", count);
	if (vt->in_margins && vt_place(vt).col < vt->region.left)
		go_to_col(vt, vt->region.left);
}

/* Beside the margins, at the top or bottom one, the cursor stops, and nothing scrolls. */
static bool is_stopped(const struct vt *vt, bool up)
{
	struct vt_place pos = vt_place(vt);

	return !has_col(vt, pos.col) && pos.row == (up ? vt->region.top : vt->region.bottom - 1);
}

static void carriage_return(struct vt *vt)
{
	int col = vt_place(vt).col;

	go_to_col(vt, vt->in_margins ? vt->region.left : begin_for(vt, col));
}

bool margins_control(struct vt *vt, unsigned char c)
{
	int col = vt_place(vt).col;

	if (!has_sides(vt))
		return false;
	switch (c) {
	case CR:
		carriage_return(vt);
		return true;
	case BS:
		if (col > begin_for(vt, col))
			go_to_col(vt, col - 1);
		return true;
	case HT:
		tab(vt, 1);
		return true;
	case LF:
	case VT:
	case FF:
		if (!is_stopped(vt, false))
			vt_give(vt, "\033D", 2);
		if (vt->newlines)
			carriage_return(vt);
		return true;
	default:
		return false;
	}
}

/* IND, NEL and RI. */
bool margins_escape(struct vt *vt, char final)
{
	if (!has_sides(vt))
		return false;
	if (final == 'E') {
		margins_control(vt, LF);
		carriage_return(vt);
		return true;
	}
	return (final == 'D' || final == 'M') && is_stopped(vt, final == 'M');
}

/* CUU and CUD: stop at a margin unless the cursor is beyond it already. */
static void go_by_rows(struct vt *vt, int by)
{
	int row = vt_place(vt).row;
	int least = row < vt->region.top ? 0 : vt->region.top;
	int most = (row < vt->region.bottom ? vt->region.bottom : vt->page.rows) - 1;

	by = within(row + by, least, most) - row;
	if (by)
		vt_givef(vt, "\033[%d%c", by < 0 ? -by : by, by < 0 ? 'A' : 'B');
}

bool margins_move(struct vt *vt, const struct vtparse_csi *csi)
{
	int by = first_of(csi);
	int col = vt_place(vt).col;

	if (!vt->margins && !has_sides(vt))
		return false;
	switch (csi->final) {
	case 'A':
	case 'B':
		go_by_rows(vt, csi->final == 'A' ? -by : by);
		return true;
	case 'C':
		go_to_col(vt, within(col + by, 0, end_for(vt, col)));
		return true;
	case 'D':
		go_to_col(vt, within(col - by, begin_for(vt, col), col));
		return true;
	case 'E':
	case 'F':
		go_by_rows(vt, csi->final == 'F' ? -by : by);
		carriage_return(vt);
		return true;
	case 'I':
		tab(vt, by);
		return true;
	case 'Z':
		tab_back(vt, by);
		return true;
	default:
		return false;
	}
}

void margins_shift_cells(struct vt *vt, int left)
{
	struct vt_place pos = vt_place(vt);
	const struct grid_rect rest = { pos.row, pos.row + 1, pos.col, vt->region.right };

	if (has_col(vt, pos.col))
		grid_scroll(vt->page.grid, rest, 0, left, vt->pen.bg);
}

void margins_shift(struct vt *vt, int left)
{
	if (margins_have_cursor(vt) && vt_may_touch(vt, &vt->region))
		grid_scroll(vt->page.grid, vt->region, 0, left, vt->pen.bg);
}

void margins_index(struct vt *vt, bool forward)
{
	int col = vt_place(vt).col;

	if (col == (forward ? vt->region.right - 1 : vt->region.left))
		margins_shift(vt, forward ? 1 : -1);
	else
		vt_give(vt, forward ? "\033[C" : "\033[D", 3);
}
