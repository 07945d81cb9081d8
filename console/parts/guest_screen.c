// SPDX-License-Identifier: GPL-2.0-only
#include "parts/guest_screen.h"

#include "ui/ui_input.h"
#include "ui/ui_lines.h"
#include "ui/ui_paint.h"
#include "ui/ui_pan.h"
#include "ui/ui_windows.h"

static bool shows(const struct ui_window *window)
{
	return window->view;
}

static void draw_row(struct ui *ui, const struct ui_window *window, long line, int row, int col,
		     int width, int first_col)
{
	static struct vt_cell cells[VT_COLS_MAX];
	const struct view *view = window->view;
	long at = line - (long)vt_scrolled(view->vt);
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	if (window->back.on)
		cols = vt_row_width(view->vt, at);
	if (!(window->back.on ? vt_row_whole(view->vt, at, cells) : vt_row(view->vt, at, cells)))
		return;
	/* curses adds the attributes that are set to each cell. */
	ui_role(ui, UI_PLAIN);
	for (int j = 0; j < width && first_col + j < cols; j++) {
		const struct vt_cell *cell = &cells[first_col + j];

		/* Half of a wide character, at either edge, is left blank. */
		if (!cell->width || (cell->width == 2 && j + 1 == width))
			continue;
		ui_cell(ui, row, col + j, cell,
			ui_back_selected(window, line, first_col + j) ? A_REVERSE : 0);
	}
}

static void draw(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	struct view *view = window->view;
	int gutter = ui_pan_gutter(window);
	int height = place->rows - 1;
	int width = place->cols - gutter;
	long scrolled = (long)vt_scrolled(view->vt);
	struct vt_cursor cursor;
	int first_col = window->col;
	long line = scrolled + window->row;
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	vt_cursor(view->vt, &cursor);
	if (window->back.on) {
		ui_back_clamp(window, height, width < 1 ? 1 : width);
		line = window->back.top;
		cursor.row = (int)(window->back.line - line);
		cursor.col = (int)window->back.col;
		cursor.visible = true;
		first_col = window->back.first;
	} else {
		cursor.row -= window->row;
	}
	/* While looking back, rows that a smaller screen hides are shown, too. */
	if (window->back.on)
		rows += vt_hidden(view->vt);
	for (int i = 0; i < height && line + i < scrolled + rows; i++) {
		int row = place->row + 1 + i;

		if (gutter)
			ui_time(ui, window->times, times_get(view->times, line + i - 1),
				times_get(view->times, line + i), row, place->col,
				place->cols < gutter ? place->cols : gutter);
		draw_row(ui, window, line + i, row, place->col + gutter, width, first_col);
	}
	if (!place->focused || ui->list.focused)
		return;
	if (cursor.row < 0 || cursor.row >= height || cursor.col < first_col ||
	    cursor.col - first_col >= width)
		return;
	wmove(stdscr, place->row + 1 + cursor.row, place->col + gutter + cursor.col - first_col);
	curs_set(cursor.visible ? 1 : 0);
}

static void to_guest(struct view *view, const struct ui_click *click, int row, int col)
{
	if (!view_may_type(view))
		return;
	vt_mouse_event(view->vt, row, col, click->button, click->pressed, click->mods);
	view_flush(view);
}

/* Clicks are for a guest that asks for them, unless its cells are not where they are shown. */
static bool on_click(struct ui *ui, struct ui_window *window, const struct ui_click *click, int row,
		     int col)
{
	(void)ui;
	if (window->back.on || window->times || vt_mouse(window->view->vt) == VT_MOUSE_NONE)
		return false;
	to_guest(window->view, click, window->row + row - 1, window->col + col);
	return true;
}

static void pan(struct ui *ui, struct ui_window *window, enum action action)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	for (size_t i = 0; i < n; i++) {
		int rows = places[i].rows * 3 / 4;
		int cols = places[i].cols * 3 / 4;

		if (&ui->windows[places[i].window] != window)
			continue;
		rows = rows < 1 ? 1 : rows;
		cols = cols < 1 ? 1 : cols;
		if (window->back.on) {
			if (action == ACTION_VIEW_LEFT || action == ACTION_VIEW_RIGHT)
				ui_back_pan(window, action == ACTION_VIEW_LEFT ? -cols : cols);
			continue;
		}
		window->panned = true;
		window->row += action == ACTION_VIEW_UP	    ? -rows
			       : action == ACTION_VIEW_DOWN ? rows
							    : 0;
		window->col += action == ACTION_VIEW_LEFT    ? -cols
			       : action == ACTION_VIEW_RIGHT ? cols
							     : 0;
	}
}

void ui_screen_act(struct ui *ui, enum action action)
{
	struct ui_window *window = ui_focus(ui);

	if (!ui_need_view(ui))
		return;
	if (action == ACTION_TIMES)
		window->times = (window->times + 1) % TIMES_KINDS;
	else
		pan(ui, window, action);
}

const struct ui_look ui_screen_look = {
	.shows = shows,
	.draw = draw,
	.mouse = on_click,
};
