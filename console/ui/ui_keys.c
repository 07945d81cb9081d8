// SPDX-License-Identifier: GPL-2.0-only
/*
 * Passes each key on: to an overlay, to the action after the prefix key, to the list,
 * to looking back, or to the guest.
 */
#include "ui/ui.h"

#include <stdlib.h>

#include "ui/ui_back.h"
#include "vt/keyseq.h"

struct typed {
	uint32_t key;
	unsigned int mods;
	bool pasted;
};

static const struct {
	uint32_t code;
	enum vt_key key;
} keys[] = {
	{ KEY_CODE_UP, VT_KEY_UP },	      { KEY_CODE_DOWN, VT_KEY_DOWN },
	{ KEY_CODE_LEFT, VT_KEY_LEFT },	      { KEY_CODE_RIGHT, VT_KEY_RIGHT },
	{ KEY_CODE_INSERT, VT_KEY_INSERT },   { KEY_CODE_DELETE, VT_KEY_DELETE },
	{ KEY_CODE_HOME, VT_KEY_HOME },	      { KEY_CODE_END, VT_KEY_END },
	{ KEY_CODE_PAGE_UP, VT_KEY_PAGE_UP }, { KEY_CODE_PAGE_DOWN, VT_KEY_PAGE_DOWN },
};

static void type_key(struct view *view, const void *arg)
{
	const struct typed *typed = arg;
	char bytes[] = { KEY_ESCAPE_CODE, (char)typed->key };

	if (typed->key >= KEY_CODE_F1 && typed->key <= KEY_CODE_F12) {
		vt_key(view->vt, VT_KEY_F1 + (typed->key - KEY_CODE_F1), typed->mods);
		return;
	}
	if (typed->key >= KEY_CODE_BYTE) {
		view_send(view, bytes + 1, 1);
		return;
	}
	if (typed->key == KEY_CODE_BACKTAB) {
		vt_key(view->vt, VT_KEY_TAB, VT_SHIFT);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].code == typed->key) {
			vt_key(view->vt, keys[i].key, typed->mods);
			return;
		}
	}
	if (typed->key == KEY_BACKSPACE_CODE && ui_sends_bs(view))
		bytes[1] = '\b';
	/* With LNM, the Return key sends CR LF; a paste has line ends of its own. */
	if (typed->key == '\r' && !typed->pasted) {
		vt_key(view->vt, VT_KEY_ENTER, typed->mods);
		return;
	}
	/* On a serial line control characters are sent as they are. */
	if (typed->key < ' ' || typed->key == 0x7f)
		view_send(view, bytes + !(typed->mods & VT_ALT), typed->mods & VT_ALT ? 2 : 1);
	else if (typed->key < KEY_CODE_NONE)
		view_key_char(view, typed->key, typed->mods);
}

struct piece {
	const unsigned char *bytes;
	size_t len;
};

static void type_piece(struct view *view, const void *arg)
{
	const struct piece *piece = arg;

	view_send(view, piece->bytes, piece->len);
}

static void flush(struct view *view, const void *arg)
{
	(void)arg;
	view_flush(view);
}

void ui_type(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct typed typed = { .key = key, .mods = mods, .pasted = ui->paste.on };

	if (ui_focus(ui)->view)
		guest_seen(ui_focus(ui)->view->guest);
	ui_pan_typed(ui_focus(ui));
	ui_each_typed(ui, type_key, &typed);
	if (!ui->paste.on)
		ui_each_typed(ui, flush, NULL);
}

static void type_sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	const struct piece piece = { .bytes = bytes, .len = len };

	if (ui_focus(ui)->view)
		guest_seen(ui_focus(ui)->view->guest);
	ui_pan_typed(ui_focus(ui));
	ui_each_typed(ui, type_piece, &piece);
	ui_each_typed(ui, flush, NULL);
}

/* After the prefix key, arrows with Shift are keys of their own. */
static uint32_t with_shift(uint32_t key, unsigned int mods)
{
	if (mods != VT_SHIFT || key < KEY_CODE_UP || key > KEY_CODE_RIGHT)
		return key;
	return key - KEY_CODE_UP + KEY_CODE_SHIFT_UP;
}

/* Tells the operator that a key means nothing where it was typed. */
static void say_nothing(struct ui *ui, enum keymap_place place, const char *name)
{
	char prefix[KEY_NAME_SIZE];
	char help[KEY_NAME_SIZE];

	key_text(ui->keys.prefix, prefix);
	keymap_key(&ui->keys, ACTION_HELP, help);
	if (place == KEYMAP_PREFIX)
		ui_say(ui, "%s %s means nothing; %s %s lists what does", prefix, name, prefix,
		       help);
	else
		ui_say(ui, "%s means nothing here; %s %s lists what does", name, prefix, help);
}

void ui_say_nothing(struct ui *ui, uint32_t key)
{
	char name[KEY_NAME_SIZE];

	say_nothing(ui, KEYMAP_PLACES, key_text(key, name));
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
		say_nothing(ui, KEYMAP_PREFIX, key_text(key, name));
		return;
	}
	ui_act(ui, action);
}

static bool overlay_key(struct ui *ui, uint32_t key)
{
	switch (ui->overlay) {
	case UI_OVERLAY_NONE:
		return false;
	case UI_OVERLAY_HELP:
		ui_help_key(ui, key);
		return true;
	case UI_OVERLAY_PROMPT:
		ui_prompt_key(ui, key);
		return true;
	case UI_OVERLAY_SYSRQ:
		ui_sysrq_key(ui, key);
		return true;
	}
	return false;
}

static void forget_words(struct ui *ui)
{
	if (ui->message[0] && !ui->paste.on) {
		ui->message[0] = '\0';
		ui_touch(ui);
	}
	if (ui->hint[0]) {
		ui->hint[0] = '\0';
		ui_touch(ui);
	}
}

/*
 * A key without a key code means something to guests only. True: keys do not go to a guest now,
 * and the operator was told that the key means nothing.
 */
static bool is_lost(struct ui *ui, const char *name)
{
	if (ui->overlay == UI_OVERLAY_NONE && ui->prefix) {
		ui->prefix = false;
		say_nothing(ui, KEYMAP_PREFIX, name);
		return true;
	}
	if (ui->overlay == UI_OVERLAY_NONE && !ui->list.focused && !ui_focus(ui)->back.on)
		return false;
	say_nothing(ui, KEYMAP_PLACES, name);
	if (ui->overlay == UI_OVERLAY_SYSRQ)
		ui_sysrq_key(ui, KEY_CODE_NONE);
	return true;
}

void ui_sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	char name[KEYSEQ_TEXT_SIZE];

	forget_words(ui);
	if (ui_paste_sequence(ui, bytes, len))
		return;
	if (!is_lost(ui, keyseq_text(bytes, len, name)))
		type_sequence(ui, bytes, len);
}

static bool alt_is_lost(struct ui *ui, uint32_t key)
{
	char name[KEY_NAME_SIZE + 4] = "Alt-";

	key_text(key, name + 4);
	return is_lost(ui, name);
}

void ui_key(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct ui_window *window = ui_focus(ui);
	enum action action;

	forget_words(ui);
	if (ui_paste_key(ui, key, mods))
		return;
	if (mods & VT_ALT && key < KEY_CODE_NONE) {
		if (!alt_is_lost(ui, key))
			ui_type(ui, key, mods);
		return;
	}
	if (overlay_key(ui, key))
		return;
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
		action = keymap_find(&ui->keys, KEYMAP_LIST, key);
		if (action != ACTION_NONE)
			ui_list_act(ui, action);
		else
			ui_say_nothing(ui, key);
		return;
	}
	if (window->hex) {
		action = keymap_find(&ui->keys, KEYMAP_SCROLL, key);
		if (window->view && ui_hex_act(ui, window, action))
			return;
	}
	if (window->back.on) {
		action = keymap_find(&ui->keys, KEYMAP_SCROLL, key);
		if (action != ACTION_NONE)
			ui_back_act(ui, window, action);
		else
			ui_say_nothing(ui, key);
		return;
	}
	if (!ui_paste_abort(ui, key))
		ui_type(ui, key, mods);
}
