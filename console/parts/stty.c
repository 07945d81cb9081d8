// SPDX-License-Identifier: GPL-2.0-only
#include "parts/stty.h"

#include <stdio.h>

#include "ui/config.h"
#include "ui/ui_ask.h"
#include "ui/ui_lines.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"
#include "ui/ui_windows.h"

static void stty(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;
	char text[64];
	int rows;
	int cols;
	int len;

	if (!view)
		return;
	vt_size(view->vt, &rows, &cols);
	len = snprintf(text, sizeof(text), "stty rows %d cols %d\r", rows, cols);
	ui_send(ui, text, (size_t)len);
}

static void set_size(struct ui *ui, const char *text)
{
	struct view *view = ui_focus(ui)->view;
	struct terminal *terminal;
	struct terminal wanted;
	const char *name;

	if (!view)
		return;
	name = view->guest->origin.name;
	terminal = ui_terminal(ui, view->guest);
	wanted = *terminal;
	if (!*text) {
		struct terminal set;

		terminals_find(ui->config->terminals, name, &set);
		wanted.fit = set.fit;
		wanted.rows = set.rows;
		wanted.cols = set.cols;
	} else if (!terminal_parse_size(text, &wanted)) {
		ui_say(ui,
		       "'%s' is not a size: give one like 80x24 (10 to 1000 by 2 to 500), or fit",
		       text);
		return;
	}
	if (!wanted.fit && vt_resize(view->vt, wanted.rows, wanted.cols)) {
		ui_say(ui, "%s keeps its size: out of memory", name);
		return;
	}
	*terminal = wanted;
	vt_let_resize(view->vt, !wanted.fit);
	if (wanted.fit)
		ui_say(ui, "%s has the size of its window; the stty key tells the guest", name);
	else
		ui_say(ui, "%s is %dx%d; the stty key tells the guest", name, wanted.cols,
		       wanted.rows);
}

static const struct ui_question which_size = {
	.label = "size, like 80x24, or fit; empty: as set",
	.done = set_size,
};

static void reset(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;

	if (!view)
		return;
	vt_reset(view->vt);
	ui_say(ui, "%s: its terminal is reset; scroll back to see what was on the screen",
	       view->guest->origin.name);
}

/* The history is read again, so that what is on the screen already is right, too. */
static void next_encoding(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;
	struct terminal *terminal;
	bool all;

	if (!view)
		return;
	terminal = ui_terminal(ui, view->guest);
	terminal->encoding = (terminal->encoding + 1) % ENCODINGS;
	/* Lines move: cursors and selections of looking back do not hold any more. */
	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
		if (ui->windows[i].view == view && ui->windows[i].back.on)
			ui_back_leave(ui, &ui->windows[i]);
	all = view_read_again(view, terminal->encoding);
	ui_say(ui, "%s: its encoding is %s%s", view->guest->origin.name,
	       encoding_name(terminal->encoding),
	       all ? "" : "; lines whose bytes are no longer kept stay as they are");
}

static void other_backspace(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;
	struct terminal *terminal;

	if (!view)
		return;
	terminal = ui_terminal(ui, view->guest);
	terminal->sends_bs = !ui_sends_bs(view);
	vt_forget_backspace(view->vt);
	ui_say(ui, "%s: Backspace sends %s", view->guest->origin.name,
	       terminal->sends_bs ? "Ctrl-H" : "DEL");
}

void ui_stty_act(struct ui *ui, enum action action)
{
	switch (action) {
	case ACTION_STTY:
		stty(ui);
		break;
	case ACTION_SIZE:
		ui_ask(ui, &which_size, NULL, "");
		break;
	case ACTION_ENCODING:
		next_encoding(ui);
		break;
	case ACTION_BACKSPACE:
		other_backspace(ui);
		break;
	case ACTION_RESET:
		reset(ui);
		break;
	default:
		break;
	}
}
