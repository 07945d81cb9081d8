// SPDX-License-Identifier: GPL-2.0-only
/* Draws a frame: all parts of the screen, and what lies over them. */
#include "ui/ui_broadcast.h"
#include "ui/ui_order.h"
#include "ui/ui_paint.h"
#include "ui/ui_term.h"
#include "ui/ui_window.h"
#include "ui/ui_windows.h"

static void borders(struct ui *ui, const struct layout_place *places, size_t n)
{
	ui_role(ui, UI_DIM);
	for (size_t i = 0; i < n; i++)
		if (places[i].col > ui_list_width(ui))
			mvvline(places[i].row, places[i].col - 1, ACS_VLINE, places[i].rows);
}

void ui_draw(struct ui *ui)
{
	const struct ui_part *over = ui->parts[ui->overlay];
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	int cursor_row = -1;
	int cursor_col = 0;
	size_t n;

	ui_broadcast_follow(ui);
	if (ui->list.stale)
		ui_list_rebuild(ui);
	ui_fit(ui);
	werase(stdscr);
	curs_set(0);
	n = ui_places(ui, places);
	borders(ui, places, n);
	ui_tabs_draw(ui);
	ui->parts[UI_PART_LIST]->draw(ui);
	for (size_t i = 0; i < n; i++) {
		if (places[i].focused)
			continue;
		ui_window_draw(ui, &ui->windows[places[i].window], &places[i]);
	}
	/* The focused window comes last, since it places the cursor. */
	for (size_t i = 0; i < n; i++)
		if (places[i].focused)
			ui_window_draw(ui, &ui->windows[places[i].window], &places[i]);
	getyx(stdscr, cursor_row, cursor_col);
	ui_status_draw(ui);
	wmove(stdscr, cursor_row, cursor_col);
	if (over)
		over->draw(ui);
	ui_term_refresh(ui);
}
