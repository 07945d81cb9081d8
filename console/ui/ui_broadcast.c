// SPDX-License-Identifier: GPL-2.0-only
/*
 * Typing at several guests at once.
 */
#include <string.h>

#include "ui/ui.h"

static void leave_out(struct ui *ui, size_t at)
{
	struct view *view = ui->broadcast_views[at];

	ui->broadcast_count--;
	memmove(ui->broadcast_views + at, ui->broadcast_views + at + 1,
		(ui->broadcast_count - at) * sizeof(ui->broadcast_views[0]));
	view_put(view);
}

void ui_broadcast_stop(struct ui *ui)
{
	ui->broadcast = false;
	while (ui->broadcast_count)
		leave_out(ui, ui->broadcast_count - 1);
}

void ui_broadcast_start(struct ui *ui)
{
	size_t left = 0;

	for (size_t i = 0; i < fleet_count(ui->fleet); i++) {
		struct guest *guest = fleet_at(ui->fleet, i);
		struct view *view;

		if (!guest->marked || !guest_takes_input(guest))
			continue;
		view = ui->broadcast_count < LAYOUT_WINDOWS_MAX ? ui_view(ui, guest) : NULL;
		if (view)
			ui->broadcast_views[ui->broadcast_count++] = view;
		else
			left++;
	}
	if (!ui->broadcast_count) {
		ui_say(ui, "no guest that takes input is marked: mark some in the list first");
		return;
	}
	ui->broadcast = true;
	if (left)
		ui_say(ui, "%zu more are marked than keys can go to", left);
}

void ui_broadcast_forget(struct ui *ui, const struct guest *guest)
{
	for (size_t i = ui->broadcast_count; i-- > 0;)
		if (ui->broadcast_views[i]->guest == guest)
			leave_out(ui, i);
}
