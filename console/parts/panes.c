// SPDX-License-Identifier: GPL-2.0-only
#include "parts/panes.h"

#include "ui/ui_order.h"
#include "ui/ui_paint.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

/* The least rows and columns of a window that can be split. */
#define SPLIT_ROWS 8
#define SPLIT_COLS 30

static void split(struct ui *ui, enum layout_side side)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	struct view *view = ui_focus(ui)->view;
	size_t n = ui_places(ui, places);
	int window;

	for (size_t i = 0; i < n; i++) {
		if (!places[i].focused)
			continue;
		if (side == LAYOUT_RIGHT ? places[i].cols < SPLIT_COLS
					 : places[i].rows < SPLIT_ROWS) {
			ui_say(ui, "this window is too small to be split");
			return;
		}
	}
	window = layout_split(ui->layout, side);
	if (window < 0) {
		ui_say(ui, "there are %d windows, no more fit", LAYOUT_WINDOWS_MAX);
		return;
	}
	ui_show(ui, &ui->windows[window], view ? view->guest : NULL);
}

static void close_window(struct ui *ui)
{
	int window = layout_close(ui->layout);

	if (window < 0)
		ui_say(ui, "this is the last window; the quit key leaves");
	else
		ui_show(ui, &ui->windows[window], NULL);
}

static void new_tab(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;
	int window = layout_tab_new(ui->layout);

	if (window < 0)
		ui_say(ui, "there is no room for another tab");
	else
		ui_show(ui, &ui->windows[window], view ? view->guest : NULL);
}

static void grid(struct ui *ui)
{
	int windows[LAYOUT_WINDOWS_MAX];
	struct guest *guests[LAYOUT_WINDOWS_MAX];
	bool marked = false;
	size_t wanted = 0;
	size_t n = 0;

	ui_list_rebuild(ui);
	for (size_t i = 0; i < ui->list.count; i++)
		marked |= ui->list.shown[i]->marked;
	for (size_t i = 0; i < ui->list.count; i++) {
		if (marked && !ui->list.shown[i]->marked)
			continue;
		wanted++;
		if (n < LAYOUT_WINDOWS_MAX)
			guests[n++] = ui->list.shown[i];
	}
	n = layout_grid(ui->layout, n, windows);
	if (n < wanted)
		ui_say(ui, "%zu of %zu guests; no more windows fit", n, wanted);
	for (size_t i = 0; i < n; i++)
		ui_show(ui, &ui->windows[windows[i]], guests[i]);
	if (n)
		layout_set_focus(ui->layout, windows[0]);
}

static void focus_on(struct ui *ui, enum layout_side side)
{
	layout_move(ui->layout, side, ui->rows - 1, ui->cols);
}

void ui_panes_act(struct ui *ui, enum action action)
{
	int tab = layout_tab(ui->layout);

	switch (action) {
	case ACTION_SPLIT_RIGHT:
		split(ui, LAYOUT_RIGHT);
		break;
	case ACTION_SPLIT_DOWN:
		split(ui, LAYOUT_DOWN);
		break;
	case ACTION_CLOSE:
		close_window(ui);
		break;
	case ACTION_ZOOM:
		layout_zoom(ui->layout);
		break;
	case ACTION_NEXT_WINDOW:
		layout_next(ui->layout, 1);
		break;
	case ACTION_WINDOW_LEFT:
		focus_on(ui, LAYOUT_LEFT);
		break;
	case ACTION_WINDOW_RIGHT:
		focus_on(ui, LAYOUT_RIGHT);
		break;
	case ACTION_WINDOW_UP:
		focus_on(ui, LAYOUT_UP);
		break;
	case ACTION_WINDOW_DOWN:
		focus_on(ui, LAYOUT_DOWN);
		break;
	case ACTION_WIDER:
		layout_resize(ui->layout, false, 5);
		break;
	case ACTION_NARROWER:
		layout_resize(ui->layout, false, -5);
		break;
	case ACTION_TALLER:
		layout_resize(ui->layout, true, 5);
		break;
	case ACTION_SHORTER:
		layout_resize(ui->layout, true, -5);
		break;
	case ACTION_TAB_NEW:
		new_tab(ui);
		break;
	case ACTION_TAB_NEXT:
		layout_tab_go(ui->layout, tab + 1);
		break;
	case ACTION_TAB_PREVIOUS:
		layout_tab_go(ui->layout, tab - 1);
		break;
	case ACTION_GRID:
		grid(ui);
		break;
	default:
		break;
	}
}

static void draw(struct ui *ui)
{
	int count = layout_tab_count(ui->layout);
	int col = ui_list_width(ui);

	if (count < 2)
		return;
	for (int i = 0; i < count; i++) {
		const struct ui_window *window = &ui->windows[layout_tab_focus(ui->layout, i)];
		const char *name = window->view ? window->view->guest->origin.name : "-";

		ui_role(ui, i == layout_tab(ui->layout) ? UI_SELECTED : UI_PLAIN);
		col += ui_print(ui, 0, col, ui->cols - col, " %d:%.16s ", i + 1, name);
	}
}

const struct ui_part ui_tabs_part = {
	.draw = draw,
};
