// SPDX-License-Identifier: GPL-2.0-only
#include "parts/status_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "source/origin.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_paint.h"
#include "ui/ui_windows.h"

#define HOLDER_SIZE 256

/* Who may type at the guest, or why nobody can. */
static const char *holder(const struct view *view, char text[HOLDER_SIZE])
{
	if (view->spy)
		return "only watching";
	if (view->guest->state == GUEST_GONE)
		return "gone: its last screen";
	if (view->guest->state == GUEST_DETACHED)
		return "detached: its last screen";
	if (view->guest->state == GUEST_AWAY)
		return "away";
	if (view->guest->src->blocked.holds) {
		snprintf(text, HOLDER_SIZE, "what has taken its place cannot be read: %s",
			 origin_strerror(view->guest->src->blocked.err));
		return text;
	}
	if (!guest_takes_input(view->guest))
		return "takes no input";
	if (!view->guest->src->ops->input || view->input.mine)
		return "input: you";
	if (!view->input.other)
		return view->released ? "input: free, as you were idle" : "input: free";
	snprintf(text, HOLDER_SIZE, "input: %.15s (process %d)", view->input.who,
		 (int)view->input.pid);
	return text;
}

static void say_guest(struct ui *ui, char *text, size_t size)
{
	const struct ui_window *window = ui_focus(ui);
	const struct view *view = window->view;
	char waiting[HUMAN_SIZE];
	char who[HOLDER_SIZE];
	size_t len;

	if (!view) {
		snprintf(text, size, " no guest in this window");
		return;
	}
	len = (size_t)snprintf(text, size, " %s | %s", view->guest->origin.name, holder(view, who));
	if (view_queued(view) && len < size)
		snprintf(text + len, size - len, " | %s unsent",
			 human_bytes(view_queued(view), waiting));
}

struct hint {
	enum action action;
	const char *word;
};

/* Keys that may follow the prefix key, the most important ones first. */
static const struct hint prefix_hints[] = {
	{ ACTION_HELP, "help" },       { ACTION_QUIT, "leave" },
	{ ACTION_LIST, "list" },       { ACTION_SCROLL, "look back" },
	{ ACTION_NEXT_GUEST, "next" }, { ACTION_SPLIT_RIGHT, "split" },
	{ ACTION_BREAK, "break" },     { ACTION_SYSRQ, "SysRq" },
	{ ACTION_TAKE, "take" },       { ACTION_GRID, "grid" },
};

static const struct hint list_hints[] = {
	{ ACTION_LIST_HELP, "help" },
	{ ACTION_LIST_OPEN, "open" },
	{ ACTION_LIST_FILTER, "filter" },
	{ ACTION_LIST_QUIT, "leave" },
};

static const struct hint back_hints[] = {
	{ ACTION_BACK_LEAVE, "back" },
	{ ACTION_BACK_SEARCH, "search" },
	{ ACTION_BACK_SELECT, "select" },
	{ ACTION_BACK_COPY, "copy" },
};

#define HINT_SIZE (KEY_NAME_SIZE + 16)
#define HINTS_SIZE (4 * HINT_SIZE)

/* Empty: the action has no key. */
static const char *hint_text(const struct ui *ui, const struct hint *hint, char text[HINT_SIZE])
{
	char name[KEY_NAME_SIZE];

	text[0] = '\0';
	if (ui->keys.keys[hint->action][0] != KEY_CODE_NONE)
		snprintf(text, HINT_SIZE, " %s %s ", keymap_key(&ui->keys, hint->action, name),
			 hint->word);
	return text;
}

static void hints(const struct ui *ui, const struct hint *hint, size_t count, char *text)
{
	char one[HINT_SIZE];
	size_t len = 0;

	for (size_t i = 0; i < count && len < HINTS_SIZE; i++)
		len += (size_t)snprintf(text + len, HINTS_SIZE - len, "%s",
					hint_text(ui, &hint[i], one));
}

/* Lists keys that may follow the prefix key, as many as fit. */
static void draw_prefix(struct ui *ui)
{
	char text[HINT_SIZE];
	int col;

	col = ui_print(ui, ui->rows - 1, 0, ui->cols, " %s ", key_text(ui->keys.prefix, text));
	for (size_t i = 0; i < sizeof(prefix_hints) / sizeof(prefix_hints[0]); i++)
		if (col + 14 <= ui->cols)
			col += ui_text(ui, ui->rows - 1, col, ui->cols - col, false,
				       hint_text(ui, &prefix_hints[i], text));
}

static void draw(struct ui *ui)
{
	enum ui_role role = ui->broadcast ? UI_ALARM : UI_STATUS;
	char keys[HINTS_SIZE] = "";
	char text[512];
	char prefix[KEY_NAME_SIZE];
	char key[KEY_NAME_SIZE];
	size_t reached;
	int width;
	int used;

	ui_role(ui, role);
	ui_text(ui, ui->rows - 1, 0, ui->cols, true, "");
	if (ui->prefix) {
		draw_prefix(ui);
		return;
	}
	key_text(ui->keys.prefix, prefix);
	if (ui->list.focused)
		hints(ui, list_hints, sizeof(list_hints) / sizeof(list_hints[0]), keys);
	else if (ui_focus(ui)->back.on)
		hints(ui, back_hints, sizeof(back_hints) / sizeof(back_hints[0]), keys);
	else if (ui->keys.keys[ACTION_HELP][0] != KEY_CODE_NONE)
		snprintf(keys, sizeof(keys), " %s %s help ", prefix,
			 keymap_key(&ui->keys, ACTION_HELP, key));
	reached = ui_broadcast_reached(ui);
	if (ui->message[0])
		snprintf(text, sizeof(text), " %s", ui->message);
	else if (ui->broadcast)
		snprintf(text, sizeof(text), " BROADCAST: keys go to %zu %s; %s %s stops it",
			 reached, reached == 1 ? "guest" : "guests", prefix,
			 keymap_key(&ui->keys, ACTION_BROADCAST, key));
	else if (ui->hint[0])
		snprintf(text, sizeof(text), " %s", ui->hint);
	else
		say_guest(ui, text, sizeof(text));
	used = ui_text(ui, ui->rows - 1, 0, ui->cols, false, text);
	width = ui_columns(keys);
	if (used + width < ui->cols)
		ui_text(ui, ui->rows - 1, ui->cols - width, width, false, keys);
}

const struct ui_part ui_status_part = {
	.draw = draw,
};
