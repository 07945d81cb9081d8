// SPDX-License-Identifier: GPL-2.0-only
#include "parts/whose.h"

#include "ui/ui_broadcast.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

static void spy(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;

	if (!view)
		return;
	view->spy = !view->spy;
	if (view->spy && view->input.mine)
		view_input(view, SOURCE_GIVE);
	ui_say(ui, view->spy ? "%s is only watched: keys do not go to it" : "keys go to %s again",
	       view->guest->origin.name);
}

static void act_on_guest(struct ui *ui, enum action action)
{
	struct view *view = ui_need_view(ui);

	if (!view)
		return;
	switch (action) {
	case ACTION_TAKE:
		view->spy = false;
		view_input(view, SOURCE_SEIZE);
		break;
	case ACTION_GIVE:
		view_input(view, SOURCE_GIVE);
		break;
	case ACTION_MARK:
		view->guest->marked = !view->guest->marked;
		ui_broadcast_marked(ui);
		break;
	default:
		break;
	}
}

void ui_whose_act(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_SPY:
		spy(ui);
		break;
	case ACTION_BROADCAST:
		if (ui->broadcast)
			ui_broadcast_stop(ui);
		else
			ui_broadcast_start(ui);
		break;
	default:
		act_on_guest(ui, action);
		break;
	}
}
