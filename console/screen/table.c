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

/* Which action is carried out by whom: from, to, in the order of the key map. */
#define ACTS(X)                                \
	X(QUIT, HELP, act)                     \
	X(LIST, ACTIVE_GUEST, ui_list_go)      \
	X(SCROLL, SEARCH, ui_back_begin)       \
	X(PASTE, BREAK, ui_sends_act)          \
	X(SYSRQ, SYSRQ, act)                   \
	X(SEND_FILE, DROP_INPUT, ui_sends_act) \
	X(STTY, RESET, ui_stty_act)            \
	X(VIEW_LEFT, VIEW_DOWN, ui_screen_act) \
	X(TAKE, BROADCAST, ui_whose_act)       \
	X(SPLIT_RIGHT, GRID, ui_panes_act)     \
	X(TIMES, TIMES, ui_screen_act)         \
	X(HEX, HEX, ui_hex_toggle)             \
	X(MOUSE, SUSPEND, act)                 \
	X(LIST_UP, LIST_QUIT, ui_list_act)     \
	X(BACK_UP, BACK_LEAVE, ui_back_act)

#define ACT_ENTRY(from, to, by) [ACTION_##from... ACTION_##to] = by,
#define ACT_COUNT(from, to, by) +(ACTION_##to - ACTION_##from + 1)

static ui_act_cb *const acts[ACTIONS] = { ACTS(ACT_ENTRY) };

/* The compiler warns of an action that is there twice. */
_Static_assert(ACTIONS - 1 == 0 ACTS(ACT_COUNT), "each action is carried out by somebody");

void ui_set_parts(struct ui *ui)
{
	ui->parts = parts;
	ui->looks = looks;
	ui->acts = acts;
	ui->search_timer = loop_timer(ui->loop, ui_back_search_on, ui);
}
