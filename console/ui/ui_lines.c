// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_lines.h"

#include "ui/ui_touch.h"

long ui_back_oldest(const struct view *view)
{
	return (long)vt_scrolled(view->vt) - (long)vt_scrollback(view->vt);
}

long ui_back_newest(const struct view *view)
{
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	return (long)vt_scrolled(view->vt) + rows + vt_hidden(view->vt) - 1;
}

int ui_back_width(const struct ui_window *window, int rows)
{
	const struct vt *vt = window->view->vt;
	int most = 0;

	for (long line = window->back.top; line < window->back.top + rows; line++) {
		int width = vt_row_width(vt, line - (long)vt_scrolled(vt));

		most = width > most ? width : most;
	}
	return most;
}

void ui_back_pan(struct ui_window *window, int cols)
{
	struct ui_back *back = &window->back;

	/* The cursor moves along, so that it stays in the window if the lines are long enough. */
	back->first += cols;
	back->col += cols;
}

/* ui_back_clamp() for columns. */
static void clamp_col(struct ui_window *window, int rows, int cols)
{
	struct ui_back *back = &window->back;
	int width = ui_back_width(window, rows);

	if (back->col >= width)
		back->col = width - 1;
	if (back->col < 0)
		back->col = 0;
	if (back->first > width - cols)
		back->first = width - cols;
	if (back->first < 0)
		back->first = 0;
	if (back->col < back->first)
		back->first = (int)back->col;
	if (back->col >= back->first + cols)
		back->first = (int)back->col - cols + 1;
	/* Show all of a match, if there is room. */
	if (back->hit && back->hit_end_line == back->line && back->hit_end_col > back->first + cols)
		back->first = (int)(back->hit_end_col - cols < back->col ? back->hit_end_col - cols
									 : back->col);
}

void ui_back_clamp(struct ui_window *window, int rows, int cols)
{
	struct ui_back *back = &window->back;
	long first = ui_back_oldest(window->view);
	long last = ui_back_newest(window->view);

	if (back->line > last)
		back->line = last;
	if (back->line < first)
		back->line = first;
	if (back->line < back->top)
		back->top = back->line;
	if (back->line >= back->top + rows)
		back->top = back->line - rows + 1;
	if (back->top + rows - 1 > last)
		back->top = last - rows + 1;
	if (back->top < first)
		back->top = first;
	clamp_col(window, rows, cols);
}

static bool before(long line, long col, long other_line, long other_col)
{
	return line < other_line || (line == other_line && col < other_col);
}

bool ui_back_selected(const struct ui_window *window, long line, long col)
{
	const struct ui_back *back = &window->back;
	bool down = before(back->from_line, back->from_col, back->line, back->col);
	long top = down ? back->from_line : back->line;
	long end = down ? back->line : back->from_line;

	if (back->on && back->hit && !before(line, col, back->hit_line, back->hit_col) &&
	    before(line, col, back->hit_end_line, back->hit_end_col))
		return true;
	if (!back->on || !back->selecting || line < top || line > end)
		return false;
	if (back->whole_lines)
		return true;
	if (line == top && col < (down ? back->from_col : back->col))
		return false;
	return line != end || col <= (down ? back->col : back->from_col);
}

void ui_back_leave(struct ui *ui, struct ui_window *window)
{
	window->back.on = false;
	ui_touch(ui);
}
