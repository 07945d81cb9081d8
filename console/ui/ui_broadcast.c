// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_broadcast.h"

#include <string.h>

#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

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

static bool is_meant(const struct guest *guest)
{
	return guest->marked && guest_takes_input(guest);
}

static bool is_one(const struct ui *ui, const struct view *view)
{
	for (size_t i = 0; view && i < ui->broadcast_count; i++)
		if (ui->broadcast_views[i] == view)
			return true;
	return false;
}

bool ui_broadcasts(const struct ui *ui, const struct view *view)
{
	return is_one(ui, view) && !view->spy;
}

size_t ui_broadcast_reached(const struct ui *ui)
{
	size_t count = 0;

	for (size_t i = 0; i < ui->broadcast_count; i++)
		count += ui_broadcasts(ui, ui->broadcast_views[i]);
	return count;
}

/* Adds guests to the set. Returns how many there is no room for. */
static size_t take_in(struct ui *ui)
{
	size_t left = 0;

	for (size_t i = 0; i < fleet_count(ui->fleet); i++) {
		struct guest *guest = fleet_at(ui->fleet, i);
		struct view *view;

		if (!is_meant(guest) || is_one(ui, guest->view))
			continue;
		view = ui->broadcast_count < LAYOUT_WINDOWS_MAX ? ui_view(ui, guest) : NULL;
		if (view)
			ui->broadcast_views[ui->broadcast_count++] = view;
		else
			left++;
	}
	return left;
}

static void say_left(struct ui *ui, size_t left)
{
	if (left)
		ui_say(ui, "keys cannot go to all marked guests: %zu left out", left);
}

void ui_broadcast_start(struct ui *ui)
{
	size_t left = take_in(ui);

	if (!ui->broadcast_count) {
		ui_say(ui, "no guest that takes input is marked: mark some in the list first");
		return;
	}
	ui->broadcast = true;
	say_left(ui, left);
}

/* Updates the set. Returns for how many guests there is no room. */
static size_t follow(struct ui *ui)
{
	for (size_t i = ui->broadcast_count; i-- > 0;) {
		const struct guest *guest = ui->broadcast_views[i]->guest;

		if (is_meant(guest))
			continue;
		leave_out(ui, i);
		if (guest->marked)
			ui_say(ui, "%s is %s: keys do not go to it any more", guest->origin.name,
			       guest_state_name(guest));
	}
	/* No guest joins amid a paste, or while the operator confirms what is meant for fewer. */
	return ui->paste.on || ui->overlay != UI_PART_NONE ? 0 : take_in(ui);
}

void ui_broadcast_follow(struct ui *ui)
{
	if (ui->broadcast)
		follow(ui);
}

void ui_broadcast_marked(struct ui *ui)
{
	ui->list.stale = true;
	if (ui->broadcast)
		say_left(ui, follow(ui));
}

void ui_broadcast_forget(struct ui *ui, const struct guest *guest)
{
	for (size_t i = ui->broadcast_count; i-- > 0;)
		if (ui->broadcast_views[i]->guest == guest)
			leave_out(ui, i);
}
