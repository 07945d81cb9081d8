// SPDX-License-Identifier: GPL-2.0-only
#include "vt/plain.h"

#include "vt/controls.h"

bool plain_is(const struct vt *vt)
{
	return !vt->inserts && !vt->in_margins && !vt->sides;
}

static void go(struct vt *vt, int row, int col)
{
	vt->ahead.is = true;
	vt->behind = false;
	vt->ahead.row = row;
	vt->ahead.col = col;
}

static struct vt_cell cell_of(const struct vt *vt, uint32_t ch, int width)
{
	return (struct vt_cell){
		.chars = { ch },
		.width = (uint8_t)width,
		.is_protected = vt->pen.is_protected,
		.attrs = vt->pen.attrs,
		.fg = vt->pen.fg,
		.bg = vt->pen.bg,
	};
}

/* Notes where the last character is, and moves the cursor after it, in the same row. */
static void put_at(struct vt *vt, int row, int col, int width)
{
	vt->last.row = row;
	vt->last.col = col;
	vt->last.at_edge = col + width >= vt->page.cols - 1;
	go(vt, row, col + width);
}

size_t plain_text(struct vt *vt, const char *text, size_t len)
{
	struct vt_place pos = vt_place(vt);
	/* Leaves out the last column, after which the next character may wrap. */
	size_t room = (size_t)(vt->page.cols - 1 - pos.col);
	struct vt_cell cell;

	if (len > room)
		len = room;
	if (!len || vt->behind || !plain_is(vt))
		return 0;
	cell = cell_of(vt, 0, 1);
	grid_put_run(vt->page.grid, pos.row, pos.col, &cell, text, len);
	put_at(vt, pos.row, pos.col + (int)len - 1, 1);
	return len;
}

bool plain_glyph(struct vt *vt, uint32_t ch, int width)
{
	struct vt_place pos = vt_place(vt);
	struct vt_cell cell;

	if (pos.col + width >= vt->page.cols || vt->behind || !plain_is(vt))
		return false;
	cell = cell_of(vt, ch, width);
	grid_put(vt->page.grid, pos.row, pos.col, &cell);
	put_at(vt, pos.row, pos.col, width);
	return true;
}

static void line_feed(struct vt *vt, struct vt_place pos)
{
	const struct grid_rect all = { 0, vt->page.rows, 0, vt->page.cols };

	if (pos.row < vt->page.rows - 1) {
		pos.row++;
	} else {
		if (page_is_primary(&vt->page))
			page_keep(&vt->page, 1);
		grid_scroll(vt->page.grid, all, 1, 0, vt->pen.bg);
	}
	go(vt, pos.row, pos.col);
}

bool plain_control(struct vt *vt, unsigned char c)
{
	struct vt_place pos = vt_place(vt);

	if (!plain_is(vt))
		return false;
	if (c == CR)
		go(vt, pos.row, 0);
	else if ((c == LF || c == VT || c == FF) && !vt->newlines && !vt->margins)
		line_feed(vt, pos);
	else
		return false;
	return true;
}

static int place_of(unsigned int arg, int count)
{
	if (!arg)
		return 0;
	return arg < (unsigned int)count ? (int)arg - 1 : count - 1;
}

bool plain_move(struct vt *vt, const struct vtparse_csi *csi)
{
	if (!plain_is(vt))
		return false;
	go(vt, place_of(csi->args[0], vt->page.rows),
	   place_of(csi->count > 1 ? csi->args[1] : 0, vt->page.cols));
	return true;
}

bool plain_erase_row(struct vt *vt)
{
	struct vt_place pos = vt_place(vt);
	const struct grid_rect rest = { pos.row, pos.row + 1, pos.col, vt->page.cols };

	if (vt_wraps(vt) || vt->keeps_protected || !plain_is(vt))
		return false;
	grid_erase(vt->page.grid, rest, vt->pen.bg);
	return true;
}
