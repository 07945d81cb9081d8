// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_type.h"

#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

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

size_t ui_each_typed(struct ui *ui, void (*fn)(struct view *view, const void *arg), const void *arg)
{
	struct view *view = ui_focus(ui)->view;
	size_t n = 0;

	if (ui->broadcast) {
		if (!ui->broadcast_count)
			ui_say(ui, "no guest that takes input is marked: keys go to nobody");
		for (size_t i = 0; i < ui->broadcast_count; i++) {
			if (!view_may_type(ui->broadcast_views[i]))
				continue;
			fn(ui->broadcast_views[i], arg);
			n++;
		}
		return n;
	}
	if (!view) {
		ui_say(ui, "no guest in this window");
		return 0;
	}
	if (!view_may_type(view))
		return 0;
	fn(view, arg);
	return 1;
}

struct bytes {
	const void *bytes;
	size_t len;
};

static void send_bytes(struct view *view, const void *arg)
{
	const struct bytes *bytes = arg;

	if (view_send(view, bytes->bytes, bytes->len))
		view_flush(view);
}

void ui_send(struct ui *ui, const void *bytes, size_t len)
{
	struct bytes arg = { bytes, len };

	ui_each_typed(ui, send_bytes, &arg);
}

bool ui_sends_bs(const struct view *view)
{
	enum vt_backspace said = vt_backspace(view->vt);

	return said == VT_BACKSPACE_UNSAID ? view->guest->terminal.sends_bs
					   : said == VT_BACKSPACE_BS;
}

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

static void type_piece(struct view *view, const void *arg)
{
	const struct bytes *piece = arg;

	view_send(view, piece->bytes, piece->len);
}

static void flush(struct view *view, const void *arg)
{
	(void)arg;
	view_flush(view);
}

/* A key goes to the guest: the window follows the cursor again. */
static void follow_again(struct ui_window *window)
{
	window->panned = false;
}

void ui_type(struct ui *ui, uint32_t key, unsigned int mods)
{
	struct typed typed = { .key = key, .mods = mods, .pasted = ui->paste.on };

	if (ui_focus(ui)->view)
		guest_seen(ui_focus(ui)->view->guest);
	follow_again(ui_focus(ui));
	ui_each_typed(ui, type_key, &typed);
	if (!ui->paste.on)
		ui_each_typed(ui, flush, NULL);
}

void ui_type_sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	const struct bytes piece = { .bytes = bytes, .len = len };

	if (ui_focus(ui)->view)
		guest_seen(ui_focus(ui)->view->guest);
	follow_again(ui_focus(ui));
	ui_each_typed(ui, type_piece, &piece);
	ui_each_typed(ui, flush, NULL);
}
