// SPDX-License-Identifier: GPL-2.0-only
#include "screen/screen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/status.h"
#include "guests/watcher.h"
#include "remote/hosts.h"
#include "screen/draw.h"
#include "screen/kept.h"
#include "screen/keys.h"
#include "screen/mouse.h"
#include "screen/news.h"
#include "screen/paste.h"
#include "screen/table.h"
#include "screen/unread_told.h"
#include "ui/config.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_input.h"
#include "ui/ui_order.h"
#include "ui/ui_term.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"
#include "vt/glyphs.h"
#include "vt/search.h"

static void on_frame(void *arg)
{
	struct ui *ui = arg;

	ui->frame_set = false;
	if (!ui->dirty || ui_term_busy(ui))
		return;
	ui->dirty = false;
	ui_draw(ui);
	ui_term_flush(ui);
	ui_session_changed(ui);
	ui->frame_ns = clock_ns();
}

static void on_rest(void *arg)
{
	ui_touch(arg);
}

/* The operator's terminal. */

static void on_winch(int sig, void *arg)
{
	(void)sig;
	ui_term_resized(arg);
	ui_touch(arg);
}

static void on_cont(int sig, void *arg)
{
	struct ui *ui = arg;

	(void)sig;
	/* The shell has changed the terminal's modes. */
	ui_term_again(ui);
	ui_touch(ui);
}

static bool make_events(struct ui *ui)
{
	ui_set_parts(ui);
	ui->frame = loop_timer(ui->loop, on_frame, ui);
	ui->message_timer = loop_timer(ui->loop, ui_message_old, ui);
	ui->save = loop_timer(ui->loop, ui_session_save, ui);
	ui->rest = loop_timer(ui->loop, on_rest, ui);
	ui->paste.timer = loop_timer(ui->loop, ui_paste_pause, ui);
	ui->paste.type = ui_key;
	if (ui->frame)
		loop_set_priority(ui->frame, LOOP_KEYS);
	return ui->frame && ui->message_timer && ui->search_timer && ui->save && ui->rest &&
	       ui->paste.timer && !loop_stop_on_signals(ui->loop);
}

/* Shows the first wrong setting. @named: the operator named the file. */
static void say_wrong_settings(struct ui *ui, bool named)
{
	const char *how = named ? "run with --check" : "run kpl011 screen --check";
	const struct config *config = ui->config;
	const char *name = strrchr(config->path, '/');
	char text[UI_MESSAGE_SIZE];
	char more[64];
	int room;

	if (config->wrong_count > 1)
		snprintf(more, sizeof(more), "; %zu more: %s", config->wrong_count - 1, how);
	else
		snprintf(more, sizeof(more), "; %s", how);
	/* Cut the reason, never how to see all of it; the screen puts a blank before both. */
	room = ui->cols < UI_MESSAGE_SIZE ? ui->cols : UI_MESSAGE_SIZE;
	room -= (int)strlen(more) + 1;
	room = room < 0 ? 0 : room;
	snprintf(text, sizeof(text), "%s:%zu: %s", name ? name + 1 : config->path,
		 config->wrong[0].line, config->wrong[0].why);
	ui_say(ui, "%.*s%s", room, text, more);
}

static void first_guests(struct ui *ui, const struct ui_options *options)
{
	char prefix[KEY_NAME_SIZE];
	char help[KEY_NAME_SIZE];
	struct guest *guest;
	bool found = false;

	ui->keeps_session = options->session;
	if (options->session)
		ui_session_load(ui);
	for (size_t i = 0; i < options->count; i++)
		fleet_add(ui->fleet, &options->origins[i]);
	for (size_t i = 0; i < ui->config->origin_count; i++)
		fleet_add(ui->fleet, &ui->config->origins[i]);
	if (options->find)
		fleet_find_vmms(ui->fleet);
	fleet_look_around(ui->fleet);
	for (size_t i = 0; i < hosts_count(); i++)
		fleet_host_changed(ui->fleet, hosts_at(i));
	ui_list_rebuild(ui);
	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++) {
		guest = fleet_find_again(ui->fleet, ui->windows[i].wanted);
		if (guest)
			ui_show(ui, &ui->windows[i], guest);
		found |= guest != NULL;
	}
	ui->started = true;
	/* The focused window waits for its guest, unless no window has one. */
	if (ui->list.count && !ui_focus(ui)->view && (!found || !ui_focus(ui)->wanted[0]))
		ui_show(ui, ui_focus(ui), ui->list.shown[0]);
	if (ui_focus(ui)->view)
		ui->list.selected = ui_focus(ui)->view->guest;
	if (ui->config->wrong_count)
		say_wrong_settings(ui, options->config_named);
	else if (ui->first_run)
		snprintf(
			ui->hint, sizeof(ui->hint),
			"Keys go to the guest. %s is for kpl011: %s %s lists its keys, %s %s leaves.",
			key_text(ui->keys.prefix, prefix), prefix,
			keymap_key(&ui->keys, ACTION_HELP, help), prefix,
			keymap_key(&ui->keys, ACTION_QUIT, (char[KEY_NAME_SIZE]){ 0 }));
}

/* The terminal cannot move its cursor, or terminfo does not have it. */
static void say_no_screen(void)
{
	const char *term = getenv("TERM");

	msg_error("cannot show the screen on this terminal: TERM is '%s'", term ? term : "");
	msg_more("It needs a terminal that infocmp knows and whose cursor can move: set TERM");
	msg_more("to the type of yours, as in TERM=xterm-256color kpl011.");
	msg_more("Without the screen, use kpl011 console, list, log and send.");
}

static void on_paste(struct ui *ui, bool begins)
{
	if (begins)
		ui_paste_begin(ui);
	else
		ui_paste_end(ui);
}

static const struct ui_input_ops input_ops = {
	.key = ui_key,
	.sequence = ui_sequence,
	.click = ui_mouse,
	.paste = on_paste,
};

static void close_terminal(struct ui *ui)
{
	ui_input_close(ui);
	ui_term_close(ui);
}

static int open_terminal(struct ui *ui)
{
	int err = ui_term_open(ui, ui_touch);

	if (err || ui_input_open(ui, glyphs_typed(ui->glyphs), &input_ops))
		return err;
	close_terminal(ui);
	return -ENOMEM;
}

static int converse(struct ui *ui, const struct ui_options *options)
{
	struct loop_event *winch = NULL;
	struct loop_event *cont = NULL;
	int err;
	int sig;

	err = open_terminal(ui);
	if (err) {
		if (err == -ENOTTY)
			say_no_screen();
		else
			msg_error("cannot set up the terminal: %s", strerror(-err));
		return STATUS_FAILED;
	}
	winch = loop_signal(ui->loop, SIGWINCH, on_winch, ui);
	cont = loop_signal(ui->loop, SIGCONT, on_cont, ui);
	first_guests(ui, options);
	if (options->attach)
		ui_watch_vms(ui);
	ui_touch(ui);
	sig = loop_run(ui->loop);
	ui_session_changed(ui);
	ui_session_save(ui);
	close_terminal(ui);
	ui_say_unread(ui);
	loop_event_free(winch);
	loop_event_free(cont);
	return status_after(sig, ui->status);
}

static void let_go(struct ui *ui)
{
	ui_broadcast_stop(ui);
	for (size_t i = 0; i < LAYOUT_WINDOWS_MAX; i++)
		view_put(ui->windows[i].view);
}

static void name_take_key(struct ui *ui)
{
	uint32_t key = ui->keys.keys[ACTION_TAKE][0];
	char prefix[KEY_NAME_SIZE];
	char name[KEY_NAME_SIZE];

	if (key != KEY_CODE_NONE)
		snprintf(ui->take_key, sizeof(ui->take_key), "%s %s",
			 key_text(ui->keys.prefix, prefix), key_text(key, name));
}

int ui_run(const struct ui_options *options)
{
	struct ui *ui = calloc(1, sizeof(*ui));
	int status = STATUS_FAILED;

	if (!ui)
		goto no_memory;
	ui->control = -1;
	ui->config = options->config;
	ui->keys = ui->config->keys;
	name_take_key(ui);
	ui->loop = loop_new();
	ui->layout = layout_new();
	if (!ui->loop || !ui->layout || !make_events(ui))
		goto no_memory;
	ui->fleet = fleet_new(ui->loop, options->ports, &ui_fleet_ops, ui);
	if (!ui->fleet || !ui_join_hosts(ui))
		goto no_memory;
	status = converse(ui, options);
	goto out;

no_memory:
	msg_error("out of memory");
out:
	if (!ui)
		return status;
	let_go(ui);
	watcher_free(ui->watcher);
	if (ui->control >= 0)
		close(ui->control);
	hosts_set_ops(NULL, NULL);
	fleet_free(ui->fleet);
	hosts_leave();
	loop_event_free(ui->frame);
	loop_event_free(ui->message_timer);
	loop_event_free(ui->search_timer);
	loop_event_free(ui->save);
	loop_event_free(ui->rest);
	loop_event_free(ui->paste.timer);
	free(ui->session);
	search_free(ui->search);
	layout_free(ui->layout);
	loop_free(ui->loop);
	free(ui->list.shown);
	free(ui->list.rows);
	free(ui->copied);
	free(ui);
	return status;
}
