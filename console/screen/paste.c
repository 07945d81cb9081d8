// SPDX-License-Identifier: GPL-2.0-only
#include "screen/paste.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ui/ui_input.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"
#include "ui/ui_windows.h"

/* After a pause this long, nothing more of a paste comes. */
#define PAUSE_NS 2000000000ull

/* After a pause this long, the next piece of a paste begins, or the operator has typed. */
#define APART_NS 150000000ull

/* Which of the two it is shows within this time; nobody types more than TYPED keys in it. */
#define MOMENT_MS 400
#define TYPED 8

/* Time to read what had come before the timer, but was not read yet. */
#define AGAIN_MS 10

_Static_assert(TYPED < UI_PASTE_HELD, "all of them are held");

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
	return ui->overlay == UI_PART_NONE && !ui->list.focused;
}

void ui_paste_begin(struct ui *ui)
{
	if (ui->paste.on)
		return;
	ui->paste.on = true;
	ui->paste.last_ns = clock_ns();
	ui->paste.held_count = 0;
	ui->paste.apart = false;
	loop_timer_set(ui->paste.timer, PAUSE_NS / 1000000);
	ui->prefix = false;
	ui_focus(ui)->back.on = false;
	if (is_for_guest(ui))
		ui_each_typed(ui, begin, NULL);
}

static void take(struct ui *ui, uint32_t key, unsigned int mods)
{
	const struct ui_part *over = ui->parts[ui->overlay];

	if (over && over->pasted)
		over->pasted(ui, key);
	else if (is_for_guest(ui))
		ui_type(ui, key, mods);
}

static void take_held(struct ui *ui)
{
	for (size_t i = 0; i < ui->paste.held_count; i++)
		take(ui, ui->paste.held[i].key, ui->paste.held[i].mods);
	ui->paste.held_count = 0;
	ui->paste.apart = false;
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

/* What was held, from @from on, is not a part of a paste: types it. */
static void type_held(struct ui *ui, size_t from)
{
	struct ui_paste *paste = &ui->paste;
	size_t count = paste->held_count;

	paste->held_count = 0;
	paste->apart = false;
	/* None of them is held again, as the paste is over. */
	for (size_t i = from; i < count && ui->term; i++)
		paste->type(ui, paste->held[i].key, paste->held[i].mods);
}

/* The keys held are the operator's: they end the paste, and Esc and Ctrl-C abort it. */
static void answer(struct ui *ui)
{
	bool aborts = ui->paste.held[0].key != ui->keys.prefix;

	if (aborts && is_for_guest(ui))
		ui_each_typed(ui, abort_bulk, NULL);
	leave(ui);
	type_held(ui, aborts);
	if (aborts)
		ui_say(ui, "the paste is aborted");
}

void ui_paste_pause(void *arg)
{
	struct ui *ui = arg;
	struct ui_paste *paste = &ui->paste;
	uint64_t since = clock_ns() - paste->last_ns;

	if (!paste->on)
		return;
	if (paste->apart) {
		if (ui_input_waits())
			loop_timer_set(paste->timer, AGAIN_MS);
		else
			answer(ui);
		return;
	}
	if (since < PAUSE_NS) {
		loop_timer_set(paste->timer, (PAUSE_NS - since) / 1000000 + 1);
		return;
	}
	leave(ui);
	ui_say(ui, "the terminal sent no end of a paste: keys have their meaning again");
	type_held(ui, 0);
}

static void hold(struct ui_paste *paste, uint32_t key, unsigned int mods)
{
	paste->held[paste->held_count].key = key;
	paste->held[paste->held_count++].mods = mods;
}

/* A key that is held down repeats as fast as a paste comes. */
static bool are_the_same(const struct ui_paste *paste)
{
	for (size_t i = 1; i < paste->held_count; i++)
		if (paste->held[i].key != paste->held[0].key)
			return false;
	return true;
}

/* Holds one more key; more than TYPED within the moment, unless all are the same, are a paste. */
static void hold_apart(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct ui_paste *paste = &ui->paste;

	if (paste->held_count < UI_PASTE_HELD)
		hold(paste, key, mods);
	if (paste->held_count > TYPED && !are_the_same(paste))
		take_held(ui);
}

bool ui_paste_key(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct ui_paste *paste = &ui->paste;
	uint64_t now = clock_ns();
	bool apart = now - paste->last_ns >= APART_NS;

	if (!paste->on)
		return false;
	paste->last_ns = now;
	if (paste->apart) {
		hold_apart(ui, key, mods);
		return true;
	}
	if (apart)
		take_held(ui);
	if (apart && (key == KEY_ESCAPE_CODE || key == INTERRUPT || key == ui->keys.prefix)) {
		hold(paste, key, mods);
		paste->apart = true;
		loop_timer_set(paste->timer, MOMENT_MS);
		return true;
	}
	if (key != ui->keys.prefix && !paste->held_count) {
		take(ui, key, mods);
		return true;
	}
	hold(paste, key, mods);
	if (paste->held_count == UI_PASTE_HELD)
		take_held(ui);
	return true;
}

bool ui_paste_sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	struct ui_paste *paste = &ui->paste;

	if (!paste->on)
		return false;
	paste->last_ns = clock_ns();
	if (!paste->apart)
		take_held(ui);
	for (size_t i = 0; i < len; i++) {
		uint32_t key = bytes[i] < 0x80 ? bytes[i] : KEY_CODE_BYTE + bytes[i];

		if (paste->apart)
			hold_apart(ui, key, 0);
		else
			take(ui, key, 0);
	}
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
