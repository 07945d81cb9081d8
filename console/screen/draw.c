// SPDX-License-Identifier: GPL-2.0-only
#include "screen/draw.h"

#include <curses.h>

#include "ui/ui_broadcast.h"
#include "ui/ui_order.h"
#include "ui/ui_term.h"
#include "ui/ui_windows.h"

void ui_draw(struct ui *ui)
{
	const struct ui_part *over = ui->parts[ui->overlay];
	int cursor_row = -1;
	int cursor_col = 0;

	ui_broadcast_follow(ui);
	if (ui->list.stale)
		ui_list_rebuild(ui);
	ui_fit(ui);
	werase(stdscr);
	curs_set(0);
	ui->parts[UI_PART_TABS]->draw(ui);
	ui->parts[UI_PART_LIST]->draw(ui);
	/* They place the cursor. */
	ui->parts[UI_PART_WINDOWS]->draw(ui);
	getyx(stdscr, cursor_row, cursor_col);
	ui->parts[UI_PART_STATUS]->draw(ui);
	wmove(stdscr, cursor_row, cursor_col);
	if (over)
		over->draw(ui);
	ui_term_refresh(ui);
}
