// SPDX-License-Identifier: GPL-2.0-only
#include "screen/mouse.h"

#include "ui/ui_input.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

void ui_mouse(struct ui *ui, const struct ui_click *click)
{
	enum ui_which which = click->col < ui_list_width(ui) ? UI_PART_LIST : UI_PART_WINDOWS;

	/* Clicks amid a paste or on an overlay mean nothing. */
	if (ui->paste.on || ui->overlay != UI_PART_NONE)
		return;
	ui_touch(ui);
	ui->parts[which]->mouse(ui, click);
}
