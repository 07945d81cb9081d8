// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_ask.h"

#include "ui/ui_touch.h"

void ui_open(struct ui *ui, enum ui_which which)
{
	ui->overlay = which;
	if (ui->parts[which]->enter)
		ui->parts[which]->enter(ui);
	ui_touch(ui);
}

void ui_close(struct ui *ui)
{
	ui->overlay = UI_PART_NONE;
	ui_touch(ui);
}
