// SPDX-License-Identifier: GPL-2.0-only
#include "screen/table.h"

#include "base/status.h"
#include "parts/back.h"
#include "parts/empty.h"
#include "parts/guest_screen.h"
#include "parts/help.h"
#include "parts/hex.h"
#include "parts/list.h"
#include "parts/panes.h"
#include "parts/prompt.h"
#include "parts/sends.h"
#include "parts/status_line.h"
#include "parts/stty.h"
#include "parts/sysrq.h"
#include "parts/whose.h"
#include "parts/window.h"
#include "ui/ui_ask.h"
#include "ui/ui_term.h"
#include "ui/ui_touch.h"

static const struct ui_part *const parts[UI_PARTS] = {
	[UI_PART_PROMPT] = &ui_prompt_part, [UI_PART_HELP] = &ui_help_part,
	[UI_PART_SYSRQ] = &ui_sysrq_part,   [UI_PART_LIST] = &ui_list_part,
	[UI_PART_TABS] = &ui_tabs_part,	    [UI_PART_WINDOWS] = &ui_windows_part,
	[UI_PART_STATUS] = &ui_status_part,
};

/* Hexadecimal takes all clicks; the wheel looks back where no guest asks for it. */
static const struct ui_look *const looks[] = {
	&ui_empty_look, &ui_away_look, &ui_hex_look, &ui_screen_look, &ui_back_look, NULL,
};

/* What concerns the screen as a whole. */
static void act(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_QUIT:
		ui_leave(ui, STATUS_OK);
		break;
	case ACTION_HELP:
		ui_open(ui, UI_PART_HELP);
		break;
	case ACTION_SYSRQ:
		ui_open(ui, UI_PART_SYSRQ);
		break;
	case ACTION_MOUSE:
		ui_term_mouse(ui, !ui->mouse);
		ui_say(ui, ui->mouse
				   ? "kpl011 and the guests use the mouse"
				   : "the terminal uses the mouse itself: select and copy with it");
		break;
	case ACTION_REDRAW:
		ui_term_resized(ui);
		break;
	case ACTION_SUSPEND:
		ui_suspend();
		break;
	default:
		break;
	}
}

/* In the order of the key map, so that none is left out. */
static ui_act_cb *const acts[ACTIONS] = {
	[ACTION_QUIT... ACTION_HELP] = act,
	[ACTION_LIST... ACTION_ACTIVE_GUEST] = ui_list_go,
	[ACTION_SCROLL... ACTION_SEARCH] = ui_back_begin,
	[ACTION_PASTE... ACTION_BREAK] = ui_sends_act,
	[ACTION_SYSRQ] = act,
	[ACTION_SEND_FILE... ACTION_DROP_INPUT] = ui_sends_act,
	[ACTION_STTY... ACTION_RESET] = ui_stty_act,
	[ACTION_VIEW_LEFT... ACTION_VIEW_DOWN] = ui_screen_act,
	[ACTION_TAKE... ACTION_BROADCAST] = ui_whose_act,
	[ACTION_SPLIT_RIGHT... ACTION_GRID] = ui_panes_act,
	[ACTION_TIMES] = ui_screen_act,
	[ACTION_HEX] = ui_hex_toggle,
	[ACTION_MOUSE... ACTION_SUSPEND] = act,
	[ACTION_LIST_UP... ACTION_LIST_QUIT] = ui_list_act,
	[ACTION_BACK_UP... ACTION_BACK_LEAVE] = ui_back_act,
};

void ui_set_parts(struct ui *ui)
{
	ui->parts = parts;
	ui->looks = looks;
	ui->acts = acts;
	ui->search_timer = loop_timer(ui->loop, ui_back_search_on, ui);
}
