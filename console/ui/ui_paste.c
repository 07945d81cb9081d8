// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the operator's terminal says is pasted is no key, whatever is in it. But its
 * end may be lost, or never have been sent: then keys are keys again after a pause,
 * and one that comes by itself is one at once. What looks like the prefix key waits
 * for which of these it is.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "ui/ui.h"
#include "ui/ui_back.h"

/* No more of a paste comes after so long. */
#define PAUSE_NS 2000000000ull

/* Nor does a piece of one after so long consist of a single key. */
#define ALONE_NS 150000000ull

#define INTERRUPT 0x03

static void begin(struct view *view, const void *arg)
{
	(void)arg;
	vt_paste_begin(view->vt);
}

static void end(struct view *view, const void *arg)
{
	(void)arg;
	vt_paste_end(view->vt);
	view_bulk(view, true);
	view_flush(view);
}

static void abort_bulk(struct view *view, const void *arg)
{
	(void)arg;
	view_abort(view);
}

static bool is_for_guest(const struct ui *ui)
{
	return ui->overlay == UI_OVERLAY_NONE && !ui->list.focused;
}

void ui_paste_begin(struct ui *ui)
{
	if (ui->paste.on)
		return;
	ui->paste.on = true;
	ui->paste.last_ns = clock_ns();
	ui->paste.held_count = 0;
	loop_timer_set(ui->paste.timer, PAUSE_NS / 1000000);
	ui->prefix = false;
	ui_focus(ui)->back.on = false;
	if (is_for_guest(ui))
		ui_each_typed(ui, begin, NULL);
}

static void take(struct ui *ui, uint32_t key, unsigned int mods)
{
	if (ui->overlay == UI_OVERLAY_PROMPT)
		ui_prompt_key(ui, key == '\r' ? ' ' : key);
	else if (is_for_guest(ui))
		ui_type(ui, key, mods);
}

static void take_held(struct ui *ui)
{
	for (size_t i = 0; i < ui->paste.held_count; i++)
		take(ui, ui->paste.held[i].key, ui->paste.held[i].mods);
	ui->paste.held_count = 0;
}

static void leave(struct ui *ui)
{
	ui->paste.on = false;
	if (is_for_guest(ui))
		ui_each_typed(ui, end, NULL);
	ui_touch(ui);
}

void ui_paste_end(struct ui *ui)
{
	if (!ui->paste.on)
		return;
	take_held(ui);
	leave(ui);
}

void ui_paste_pause(void *arg)
{
	struct ui *ui = arg;
	struct ui_paste *paste = &ui->paste;
	uint64_t since = clock_ns() - paste->last_ns;

	if (!paste->on)
		return;
	if (since < PAUSE_NS) {
		loop_timer_set(paste->timer, (PAUSE_NS - since) / 1000000 + 1);
		return;
	}
	leave(ui);
	ui_say(ui, "the terminal sent no end of a paste; keys are keys again");
	for (size_t i = 0; i < paste->held_count; i++)
		ui_key(ui, paste->held[i].key, paste->held[i].mods);
	paste->held_count = 0;
}

bool ui_paste_key(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct ui_paste *paste = &ui->paste;
	uint64_t now = clock_ns();
	bool alone = now - paste->last_ns >= ALONE_NS;

	if (!paste->on)
		return false;
	paste->last_ns = now;
	if (alone)
		take_held(ui);
	if (alone && (key == KEY_ESCAPE_CODE || key == INTERRUPT)) {
		if (is_for_guest(ui))
			ui_each_typed(ui, abort_bulk, NULL);
		leave(ui);
		ui_say(ui, "the paste is aborted");
		return true;
	}
	if (alone && key == ui->keys.prefix) {
		leave(ui);
		return false;
	}
	if (key != ui->keys.prefix && !paste->held_count) {
		take(ui, key, mods);
		return true;
	}
	paste->held[paste->held_count].key = key;
	paste->held[paste->held_count++].mods = mods;
	if (paste->held_count == UI_PASTE_HELD)
		take_held(ui);
	return true;
}

static void abort_one(struct view *view, const void *arg)
{
	if (view_bulk_waits(view)) {
		view_abort(view);
		*(bool *)(uintptr_t)arg = true;
	}
}

bool ui_paste_abort(struct ui *ui, uint32_t key)
{
	bool aborted = false;

	if (key != KEY_ESCAPE_CODE && key != INTERRUPT)
		return false;
	ui_each_typed(ui, abort_one, &aborted);
	return aborted;
}
