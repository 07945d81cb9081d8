// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries out the actions of keys, except those of the list and of looking back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/human.h"
#include "base/status.h"
#include "ui/ui_ask.h"
#include "ui/ui_back.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_order.h"
#include "ui/ui_pan.h"
#include "ui/ui_term.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"
#include "ui/ui_windows.h"

/* The least rows and columns of a window that can be split. */
#define SPLIT_ROWS 8
#define SPLIT_COLS 30

struct bytes {
	const void *bytes;
	size_t len;
};

static void send_bulk(struct view *view, const void *arg)
{
	const struct bytes *bytes = arg;

	if (!view_send(view, bytes->bytes, bytes->len))
		return;
	view_bulk(view, false);
	view_flush(view);
}

static void send_break(struct view *view, const void *arg)
{
	(void)arg;
	if (view_break(view))
		view_flush(view);
}

static void paste(struct view *view, const void *arg)
{
	const struct bytes *bytes = arg;

	vt_paste_begin(view->vt);
	view_send(view, bytes->bytes, bytes->len);
	vt_paste_end(view->vt);
	view_bulk(view, true);
	view_flush(view);
}

static void paste_copied(struct ui *ui)
{
	struct bytes arg = { ui->copied, ui->copied_len };
	char *text;

	if (!ui->copied) {
		ui_say(ui, "nothing has been copied yet");
		return;
	}
	/* As if typed: Return ends a line. */
	text = malloc(ui->copied_len + 1);
	if (!text)
		return;
	for (size_t i = 0; i < ui->copied_len; i++)
		text[i] = ui->copied[i] == '\n' ? '\r' : ui->copied[i];
	arg.bytes = text;
	ui_each_typed(ui, paste, &arg);
	free(text);
}

static void send_file(struct ui *ui, const char *path)
{
	char *bytes = NULL;
	size_t len = 0;
	ssize_t n = -1;
	struct stat st;
	int err;
	int fd;

	if (!*path)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st)) {
		ui_say(ui, "cannot read %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > VIEW_QUEUE) {
		ui_say(ui,
		       S_ISREG(st.st_mode) ? "%s has more than 64 MiB: use kpl011 send --file"
					   : "%s is not a regular file",
		       path);
		close(fd);
		return;
	}
	bytes = malloc((size_t)st.st_size + 1);
	while (bytes && (n = read(fd, bytes + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	err = bytes ? errno : ENOMEM;
	close(fd);
	if (n < 0) {
		ui_say(ui, "cannot read %s: %s", path, strerror(err));
	} else {
		struct bytes arg = { bytes, len };

		ui_say(ui, "sending %zu bytes of %s", len, path);
		ui_each_typed(ui, send_bulk, &arg);
	}
	free(bytes);
}

static const struct ui_question which_file = {
	.label = "send the file",
	.done = send_file,
};

static void show_other(struct ui *ui, int step, bool active)
{
	struct view *view = ui_focus(ui)->view;
	struct guest *guest;

	guest = ui_list_next(ui, view ? view->guest : ui->list.selected, step, active);
	if (!guest) {
		ui_say(ui, active ? "no other guest did anything" : "there is no other guest");
		return;
	}
	ui->list.selected = guest;
	ui->list.heading[0] = '\0';
	ui_show(ui, ui_focus(ui), guest);
}

static void split(struct ui *ui, enum layout_side side)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	struct view *view = ui_focus(ui)->view;
	size_t n = ui_places(ui, places);
	int window;

	for (size_t i = 0; i < n; i++) {
		if (!places[i].focused)
			continue;
		if (side == LAYOUT_RIGHT ? places[i].cols < SPLIT_COLS
					 : places[i].rows < SPLIT_ROWS) {
			ui_say(ui, "this window is too small to be split");
			return;
		}
	}
	window = layout_split(ui->layout, side);
	if (window < 0) {
		ui_say(ui, "there are %d windows, no more fit", LAYOUT_WINDOWS_MAX);
		return;
	}
	ui_show(ui, &ui->windows[window], view ? view->guest : NULL);
}

static void close_window(struct ui *ui)
{
	int window = layout_close(ui->layout);

	if (window < 0)
		ui_say(ui, "this is the last window; the quit key leaves");
	else
		ui_show(ui, &ui->windows[window], NULL);
}

static void new_tab(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;
	int window = layout_tab_new(ui->layout);

	if (window < 0)
		ui_say(ui, "there is no room for another tab");
	else
		ui_show(ui, &ui->windows[window], view ? view->guest : NULL);
}

static void grid(struct ui *ui)
{
	int windows[LAYOUT_WINDOWS_MAX];
	struct guest *guests[LAYOUT_WINDOWS_MAX];
	bool marked = false;
	size_t wanted = 0;
	size_t n = 0;

	ui_list_rebuild(ui);
	for (size_t i = 0; i < ui->list.count; i++)
		marked |= ui->list.shown[i]->marked;
	for (size_t i = 0; i < ui->list.count; i++) {
		if (marked && !ui->list.shown[i]->marked)
			continue;
		wanted++;
		if (n < LAYOUT_WINDOWS_MAX)
			guests[n++] = ui->list.shown[i];
	}
	n = layout_grid(ui->layout, n, windows);
	if (n < wanted)
		ui_say(ui, "%zu of %zu guests; no more windows fit", n, wanted);
	for (size_t i = 0; i < n; i++)
		ui_show(ui, &ui->windows[windows[i]], guests[i]);
	if (n)
		layout_set_focus(ui->layout, windows[0]);
}

static void move(struct ui *ui, enum layout_side side)
{
	layout_move(ui->layout, side, ui->rows - 1, ui->cols);
}

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

static void act_on_guest(struct ui *ui, struct view *view, enum action action)
{
	char text[HUMAN_SIZE];

	if (!view) {
		ui_say(ui, "no guest in this window");
		return;
	}
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
	case ACTION_DROP_INPUT:
		ui_say(ui, "%s of input dropped", human_bytes(view_queued(view), text));
		view_drop_queue(view);
		break;
	case ACTION_SCROLL:
		ui_back_enter(ui, ui_focus(ui));
		break;
	case ACTION_SEARCH:
		ui_back_ask(ui);
		break;
	case ACTION_VIEW_LEFT:
	case ACTION_VIEW_RIGHT:
	case ACTION_VIEW_UP:
	case ACTION_VIEW_DOWN:
		ui_pan_act(ui, ui_focus(ui), action);
		break;
	case ACTION_TIMES:
		ui_focus(ui)->times = (ui_focus(ui)->times + 1) % TIMES_KINDS;
		break;
	case ACTION_HEX:
		ui_focus(ui)->hex = !ui_focus(ui)->hex;
		ui_focus(ui)->hex_end = 0;
		break;
	default:
		break;
	}
}

static void act_on_layout(struct ui *ui, enum action action)
{
	int tab = layout_tab(ui->layout);

	switch (action) {
	case ACTION_SPLIT_RIGHT:
		split(ui, LAYOUT_RIGHT);
		break;
	case ACTION_SPLIT_DOWN:
		split(ui, LAYOUT_DOWN);
		break;
	case ACTION_CLOSE:
		close_window(ui);
		break;
	case ACTION_ZOOM:
		layout_zoom(ui->layout);
		break;
	case ACTION_NEXT_WINDOW:
		layout_next(ui->layout, 1);
		break;
	case ACTION_WINDOW_LEFT:
		move(ui, LAYOUT_LEFT);
		break;
	case ACTION_WINDOW_RIGHT:
		move(ui, LAYOUT_RIGHT);
		break;
	case ACTION_WINDOW_UP:
		move(ui, LAYOUT_UP);
		break;
	case ACTION_WINDOW_DOWN:
		move(ui, LAYOUT_DOWN);
		break;
	case ACTION_WIDER:
		layout_resize(ui->layout, false, 5);
		break;
	case ACTION_NARROWER:
		layout_resize(ui->layout, false, -5);
		break;
	case ACTION_TALLER:
		layout_resize(ui->layout, true, 5);
		break;
	case ACTION_SHORTER:
		layout_resize(ui->layout, true, -5);
		break;
	case ACTION_TAB_NEW:
		new_tab(ui);
		break;
	case ACTION_TAB_NEXT:
		layout_tab_go(ui->layout, tab + 1);
		break;
	case ACTION_TAB_PREVIOUS:
		layout_tab_go(ui->layout, tab - 1);
		break;
	case ACTION_GRID:
		grid(ui);
		break;
	default:
		break;
	}
}

void ui_act(struct ui *ui, enum action action)
{
	struct view *view = ui_focus(ui)->view;

	ui_touch(ui);
	switch (action) {
	case ACTION_QUIT:
		ui_leave(ui, STATUS_OK);
		break;
	case ACTION_HELP:
		ui_open(ui, UI_PART_HELP);
		break;
	case ACTION_LIST:
		ui->list.focused = !ui->list.focused;
		if (ui->list.focused) {
			ui->list.hidden = false;
			ui->list.heading[0] = '\0';
			if (view)
				ui->list.selected = view->guest;
		}
		break;
	case ACTION_LIST_HIDE:
		ui->list.hidden = !ui->list.hidden;
		ui->list.focused = false;
		break;
	case ACTION_NEXT_GUEST:
		show_other(ui, 1, false);
		break;
	case ACTION_PREVIOUS_GUEST:
		show_other(ui, -1, false);
		break;
	case ACTION_ACTIVE_GUEST:
		show_other(ui, 1, true);
		break;
	case ACTION_PASTE:
		paste_copied(ui);
		break;
	case ACTION_BREAK:
		ui_each_typed(ui, send_break, NULL);
		break;
	case ACTION_SYSRQ:
		ui_open(ui, UI_PART_SYSRQ);
		break;
	case ACTION_SEND_FILE:
		ui_ask(ui, &which_file, NULL, "");
		break;
	case ACTION_STTY:
	case ACTION_SIZE:
	case ACTION_RESET:
	case ACTION_ENCODING:
	case ACTION_BACKSPACE:
		ui_terminal_act(ui, action);
		break;
	case ACTION_SPY:
		spy(ui);
		break;
	case ACTION_BROADCAST:
		if (ui->broadcast)
			ui_broadcast_stop(ui);
		else
			ui_broadcast_start(ui);
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
	case ACTION_TAKE:
	case ACTION_GIVE:
	case ACTION_MARK:
	case ACTION_DROP_INPUT:
	case ACTION_SCROLL:
	case ACTION_SEARCH:
	case ACTION_TIMES:
	case ACTION_HEX:
	case ACTION_VIEW_LEFT:
	case ACTION_VIEW_RIGHT:
	case ACTION_VIEW_UP:
	case ACTION_VIEW_DOWN:
		act_on_guest(ui, view, action);
		break;
	default:
		act_on_layout(ui, action);
		break;
	}
}
