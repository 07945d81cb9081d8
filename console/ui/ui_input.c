// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_input.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termcap.h>
#include <unistd.h>
#include <wchar.h>

#include "base/status.h"
#include "base/utf8.h"
#include "ui/ui_touch.h"
#include "vt/controls.h"
#include "vt/keyseq.h"

/* Bytes read in one turn of the loop, as a paste may be long. */
#define BYTES_PER_TURN 2048

/* Time to read what had come before the timer, but was not read yet. */
#define AGAIN_MS 10

#define WHEEL_LINES 3

static const char paste_begin[] = "\033[200~";
static const char paste_end[] = "\033[201~";

struct ui_input {
	const struct ui_input_ops *ops;
	struct keyseq seq;
	struct loop_event *reader;
	struct loop_event *timer;
	int pressed; /* the button of the mouse; a release may not say which */
	size_t len;
	unsigned char bytes[BYTES_PER_TURN + KEYSEQ_MAX];
};

int ui_wheel_lines(const struct ui_click *click)
{
	if (!click->pressed || (click->button != 4 && click->button != 5))
		return 0;
	return click->button == 4 ? WHEEL_LINES : -WHEEL_LINES;
}

static const struct {
	int curses;
	uint32_t code;
	unsigned int mods;
} special[] = {
	{ KEY_UP, KEY_CODE_UP, 0 },
	{ KEY_DOWN, KEY_CODE_DOWN, 0 },
	{ KEY_LEFT, KEY_CODE_LEFT, 0 },
	{ KEY_RIGHT, KEY_CODE_RIGHT, 0 },
	{ KEY_SR, KEY_CODE_UP, VT_SHIFT },
	{ KEY_SF, KEY_CODE_DOWN, VT_SHIFT },
	{ KEY_SLEFT, KEY_CODE_LEFT, VT_SHIFT },
	{ KEY_SRIGHT, KEY_CODE_RIGHT, VT_SHIFT },
	{ KEY_IC, KEY_CODE_INSERT, 0 },
	{ KEY_DC, KEY_CODE_DELETE, 0 },
	{ KEY_HOME, KEY_CODE_HOME, 0 },
	{ KEY_END, KEY_CODE_END, 0 },
	{ KEY_PPAGE, KEY_CODE_PAGE_UP, 0 },
	{ KEY_NPAGE, KEY_CODE_PAGE_DOWN, 0 },
	{ KEY_BTAB, KEY_CODE_BACKTAB, 0 },
	{ KEY_BACKSPACE, KEY_BACKSPACE_CODE, 0 },
	{ KEY_ENTER, KEY_ENTER_CODE, 0 },
};

/* Keys with modifiers have names of their own: kUP5 is Ctrl-Up. */
static bool modified(int curses, uint32_t *code, unsigned int *mods)
{
	static const struct {
		const char *name;
		uint32_t code;
	} keys[] = {
		{ "kUP", KEY_CODE_UP },	      { "kDN", KEY_CODE_DOWN },
		{ "kLFT", KEY_CODE_LEFT },    { "kRIT", KEY_CODE_RIGHT },
		{ "kHOM", KEY_CODE_HOME },    { "kEND", KEY_CODE_END },
		{ "kPRV", KEY_CODE_PAGE_UP }, { "kNXT", KEY_CODE_PAGE_DOWN },
		{ "kIC", KEY_CODE_INSERT },   { "kDC", KEY_CODE_DELETE },
	};
	const char *name = keyname(curses);

	for (size_t i = 0; name && i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].name);

		if (strncmp(name, keys[i].name, len) || name[len] < '2' || name[len] > '8')
			continue;
		*code = keys[i].code;
		/* As xterm counts them: 1 more than the sum of 1, 2 and 4. */
		*mods = (unsigned int)(name[len] - '1');
		return true;
	}
	return false;
}

static bool special_key(struct ui *ui, int curses)
{
	unsigned int mods = 0;
	uint32_t code;

	if (curses >= KEY_F(1) && curses <= KEY_F(12)) {
		ui->input->ops->key(ui, KEY_CODE_F1 + (uint32_t)(curses - KEY_F(1)), 0);
		return true;
	}
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (special[i].curses == curses) {
			ui->input->ops->key(ui, special[i].code, special[i].mods);
			return true;
		}
	}
	if (!modified(curses, &code, &mods))
		return false;
	ui->input->ops->key(ui, code, mods);
	return true;
}

/* Cursor and editing keys as most terminals send them, whatever terminfo has. */
static bool common_key(struct ui *ui, const char *text)
{
	static const struct {
		char final;
		unsigned int number; /* before '~' */
		uint32_t code;
	} keys[] = {
		{ 'A', 1, KEY_CODE_UP },      { 'B', 1, KEY_CODE_DOWN },
		{ 'C', 1, KEY_CODE_RIGHT },   { 'D', 1, KEY_CODE_LEFT },
		{ 'H', 1, KEY_CODE_HOME },    { 'F', 1, KEY_CODE_END },
		{ '~', 1, KEY_CODE_HOME },    { '~', 2, KEY_CODE_INSERT },
		{ '~', 3, KEY_CODE_DELETE },  { '~', 4, KEY_CODE_END },
		{ '~', 5, KEY_CODE_PAGE_UP }, { '~', 6, KEY_CODE_PAGE_DOWN },
		{ 'Z', 1, KEY_CODE_BACKTAB },
	};
	unsigned int number = 1;
	unsigned int mods = 1;
	char final = text[2];
	int used = 0;

	if (text[1] != '[' && text[1] != 'O')
		return false;
	if (sscanf(text + 2, "%3u;%3u%c%n", &number, &mods, &final, &used) != 3 &&
	    sscanf(text + 2, "%3u%c%n", &number, &final, &used) != 2) {
		number = 1;
		used = 1;
	}
	if (text[2 + used] || mods < 1 || mods > 8)
		return false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].final != final || keys[i].number != number)
			continue;
		ui->input->ops->key(ui, keys[i].code, mods - 1);
		return true;
	}
	return false;
}

static uint32_t character(const struct ui_input *input, const unsigned char *bytes, size_t len)
{
	mbstate_t state = { 0 };
	locale_t before;
	wchar_t wide;
	uint32_t ch;
	size_t n;

	if (bytes[0] < 0x80)
		return bytes[0];
	if (!input->seq.locale) {
		if (len < 2)
			return KEY_CODE_NONE;
		utf8_get((const char *)bytes, &ch);
		return ch;
	}
	before = uselocale(input->seq.locale);
	n = mbrtowc(&wide, (const char *)bytes, len, &state);
	uselocale(before);
	return n == len ? (uint32_t)wide : KEY_CODE_NONE;
}

/* A report of xterm: in numbers (ESC [ <), or in three bytes (ESC [ M). */
static bool mouse(struct ui *ui, const char *text, size_t len)
{
	struct ui_input *input = ui->input;
	struct ui_click click = { 0 };
	unsigned int bits;
	char final = 'M';

	if (len == 6 && text[2] == 'M') {
		bits = (unsigned char)text[3] - 32u;
		click.col = (unsigned char)text[4] - 33;
		click.row = (unsigned char)text[5] - 33;
	} else if (sscanf(text, "\033[<%4u;%4d;%4d%c", &bits, &click.col, &click.row, &final) ==
		   4) {
		click.col--;
		click.row--;
	} else {
		return !strncmp(text, "\033[<", 3);
	}
	click.mods =
		(bits & 4 ? VT_SHIFT : 0) | (bits & 8 ? VT_ALT : 0) | (bits & 16 ? VT_CTRL : 0);
	if (bits & 64) {
		click.button = bits & 2 ? 0 : 4 + (int)(bits & 1);
		click.pressed = true;
	} else if (!(bits & 32)) {
		click.pressed = final == 'M' && (bits & 3) != 3;
		click.button = (bits & 3) == 3 ? input->pressed : (int)(bits & 3) + 1;
		input->pressed = click.pressed ? click.button : 0;
	}
	input->ops->click(ui, &click);
	return true;
}

/* A key of several bytes, the first of them ESC. */
static void sequence(struct ui *ui, const unsigned char *bytes, size_t len)
{
	char text[KEYSEQ_MAX + 1];
	uint32_t ch;
	int known;

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (!strcmp(text, paste_begin)) {
		ui->input->ops->paste(ui, true);
		return;
	}
	if (!strcmp(text, paste_end)) {
		ui->input->ops->paste(ui, false);
		return;
	}
	if (ui->mouse && len > 3 && text[1] == '[' && mouse(ui, text, len))
		return;
	known = strlen(text) == len ? key_defined(text) : 0;
	if (known > 0 && special_key(ui, known))
		return;
	if (len > 2 && common_key(ui, text))
		return;
	ch = KEY_CODE_NONE;
	if (bytes[1] != ESC && (len == 2 || (bytes[1] != '[' && bytes[1] != 'O')))
		ch = character(ui->input, bytes + 1, len - 1);
	if (ch != KEY_CODE_NONE)
		ui->input->ops->key(ui, ch, VT_ALT);
	else
		ui->input->ops->sequence(ui, bytes, len);
}

static void one_key(struct ui *ui, const unsigned char *bytes, size_t len)
{
	const char text[2] = { (char)bytes[0] };
	uint32_t ch;

	if (bytes[0] == ESC && len > 1) {
		sequence(ui, bytes, len);
		return;
	}
	/* Which of them Backspace sends, terminfo knows. */
	if ((bytes[0] < ' ' || bytes[0] == DEL) && bytes[0]) {
		int known = key_defined(text);

		if (known > 0 && special_key(ui, known))
			return;
	}
	ch = character(ui->input, bytes, len);
	if (ch == KEY_CODE_NONE)
		ui->input->ops->sequence(ui, bytes, len);
	else
		ui->input->ops->key(ui, ch, 0);
}

/* @ended: do not wait any longer for the rest of a key. */
static void take_keys(struct ui *ui, bool ended)
{
	struct ui_input *input = ui->input;
	size_t at = 0;

	while (at < input->len) {
		size_t n = keyseq_length(&input->seq, input->bytes + at, input->len - at, ended);

		if (!n)
			break;
		one_key(ui, input->bytes + at, n);
		at += n;
	}
	input->len -= at;
	memmove(input->bytes, input->bytes + at, input->len);
	if (input->len)
		loop_timer_set(input->timer, keyseq_wait_ms(input->bytes, input->len));
}

bool ui_input_waits(void)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&keys, 1, 0) == 1 && keys.revents & POLLIN;
}

static void on_keys(void *arg)
{
	struct ui *ui = arg;
	struct ui_input *input = ui->input;
	ssize_t n;

	n = read(STDIN_FILENO, input->bytes + input->len, BYTES_PER_TURN);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ui_leave(ui, STATUS_SIGNAL + SIGHUP);
		return;
	}
	input->len += (size_t)n;
	take_keys(ui, false);
}

static void on_late(void *arg)
{
	struct ui *ui = arg;

	if (ui_input_waits())
		loop_timer_set(ui->input->timer, AGAIN_MS);
	else if (ui->input->len)
		take_keys(ui, true);
}

bool ui_input_open(struct ui *ui, locale_t locale, const struct ui_input_ops *ops)
{
	char capability[256];
	char *area = capability;
	const char *mouse_key = tgetstr("Km", &area);
	struct ui_input *input = calloc(1, sizeof(*input));

	if (!input)
		return false;
	ui->input = input;
	input->ops = ops;
	input->seq.apart = ui->keys.prefix < 0x80 ? (int)ui->keys.prefix : -1;
	input->seq.x10 = mouse_key && !strcmp(mouse_key, "\033[M");
	input->seq.locale = locale;
	input->timer = loop_timer(ui->loop, on_late, ui);
	input->reader = loop_reader(ui->loop, STDIN_FILENO, LOOP_KEYS, on_keys, ui);
	if (!input->timer || !input->reader)
		return false;
	loop_on(input->reader);
	return true;
}

void ui_input_close(struct ui *ui)
{
	if (!ui->input)
		return;
	loop_event_free(ui->input->reader);
	loop_event_free(ui->input->timer);
	free(ui->input);
	ui->input = NULL;
}
