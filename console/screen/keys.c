// SPDX-License-Identifier: GPL-2.0-only
#include "screen/keys.h"

#include <stdlib.h>

#include "screen/paste.h"
#include "ui/ui_ask.h"
#include "ui/ui_touch.h"
#include "ui/ui_type.h"
#include "ui/ui_windows.h"
#include "vt/keyseq.h"

/* After the prefix key, arrows with Shift are keys of their own. */
static uint32_t with_shift(uint32_t key, unsigned int mods)
{
	if (mods != VT_SHIFT || key < KEY_CODE_UP || key > KEY_CODE_RIGHT)
		return key;
	return key - KEY_CODE_UP + KEY_CODE_SHIFT_UP;
}

static void prefix_key(struct ui *ui, uint32_t key, unsigned int mods)
{
	char name[KEY_NAME_SIZE];
	enum action action;

	ui->prefix = false;
	ui_touch(ui);
	key = with_shift(key, mods);
	if (key == ui->keys.prefix) {
		ui_type(ui, key, 0);
		return;
	}
	/* 1 to 9 choose a tab, unless they are bound to an action. */
	action = keymap_find(&ui->keys, KEYMAP_PREFIX, key);
	if (action == ACTION_NONE && key >= '1' && key <= '9') {
		if ((int)(key - '1') < layout_tab_count(ui->layout))
			layout_tab_go(ui->layout, (int)(key - '1'));
		else
			ui_say(ui, "there is no tab %c", (char)key);
		return;
	}
	if (action == ACTION_NONE) {
		ui_say_nothing_at(ui, KEYMAP_PREFIX, key_text(key, name));
		return;
	}
	ui_do(ui, action);
}

/*
 * A key without a key code means something to guests only. True: keys do not go to a guest now,
 * and the operator was told that the key means nothing.
 */
static bool is_lost(struct ui *ui, const char *name)
{
	const struct ui_part *over = ui->parts[ui->overlay];

	if (!over && ui->prefix) {
		ui->prefix = false;
		ui_say_nothing_at(ui, KEYMAP_PREFIX, name);
		return true;
	}
	if (!over && !ui->list.focused && !ui_focus(ui)->back.on)
		return false;
	ui_say_nothing_at(ui, KEYMAP_PLACES, name);
	if (over && over->lost)
		over->lost(ui);
	return true;
}

void ui_sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	char name[KEYSEQ_TEXT_SIZE];

	ui_forget_words(ui);
	if (ui_paste_sequence(ui, bytes, len))
		return;
	if (!is_lost(ui, keyseq_text(bytes, len, name)))
		ui_type_sequence(ui, bytes, len);
}

static bool alt_is_lost(struct ui *ui, uint32_t key)
{
	char name[KEY_NAME_SIZE + 4] = "Alt-";

	key_text(key, name + 4);
	return is_lost(ui, name);
}

/* A key means what the key map has for this place, or nothing. */
static void by_place(struct ui *ui, enum keymap_place place, uint32_t key)
{
	enum action action = keymap_find(&ui->keys, place, key);

	if (action != ACTION_NONE)
		ui_do(ui, action);
	else
		ui_say_nothing(ui, key);
}

/* A key of looking back that what the window shows takes, looked back at or not. */
static bool by_look(struct ui *ui, struct ui_window *window, uint32_t key)
{
	for (const struct ui_look *const *look = ui->looks; *look; look++)
		if ((*look)->act && (*look)->shows(window) &&
		    (*look)->act(ui, window, keymap_find(&ui->keys, KEYMAP_SCROLL, key)))
			return true;
	return false;
}

void ui_key(struct ui *ui, uint32_t key, unsigned int mods)
{
	const struct ui_part *over = ui->parts[ui->overlay];
	struct ui_window *window = ui_focus(ui);

	ui_forget_words(ui);
	if (ui_paste_key(ui, key, mods))
		return;
	if (mods & VT_ALT && key < KEY_CODE_NONE) {
		if (!alt_is_lost(ui, key))
			ui_type(ui, key, mods);
		return;
	}
	if (over) {
		over->key(ui, key);
		return;
	}
	if (ui->prefix) {
		prefix_key(ui, key, mods);
		return;
	}
	if (key == ui->keys.prefix) {
		ui->prefix = true;
		ui_touch(ui);
		return;
	}
	if (ui->list.focused) {
		by_place(ui, KEYMAP_LIST, key);
		return;
	}
	if (by_look(ui, window, key))
		return;
	if (window->back.on) {
		by_place(ui, KEYMAP_SCROLL, key);
		return;
	}
	if (!ui_paste_abort(ui, key))
		ui_type(ui, key, mods);
}
