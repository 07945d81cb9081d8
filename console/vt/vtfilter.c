// SPDX-License-Identifier: GPL-2.0-only
#include "vt/vtfilter.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "vt/controls.h"

#define RESET_PEN "\033[0m"
/*
 * Saves the cursor before the margins are reset, which moves it; and leaves nothing of the guest's
 * in the terminal's saved cursor.
 */
#define SAVE "\0337"
#define RESET_MARGINS SAVE "\033[r\0338"

void vtfilter_init(struct vtfilter *filter, locale_t locale)
{
	*filter = (struct vtfilter){ .quiet = false };
	glyphs_init(&filter->glyphs, locale);
	vtparse_init(&filter->parse);
	filter->parse.by_line = true;
}

/* VTFILTER_ROOM suffices. If it did not, bytes would be dropped, not written past the end. */
static void put(struct vtfilter *filter, const void *bytes, size_t len)
{
	if (len > (size_t)(filter->end - filter->at))
		return;
	memcpy(filter->at, bytes, len);
	filter->at += len;
}

/* Puts out a whole sequence. */
static void drive(struct vtfilter *filter, const char *text)
{
	filter->drove = true;
	put(filter, text, strlen(text));
}

static void put_glyph(struct vtfilter *filter, uint32_t ch)
{
	char bytes[GLYPHS_ROOM];

	if (filter->inserts && utf8_width(ch) > 0)
		drive(filter, utf8_width(ch) == 2 ? "\033[2@" : "\033[@");
	put(filter, bytes, glyphs_put(&filter->glyphs, ch, bytes));
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct vtfilter *filter = arg;

	if (!charset_translates(&filter->charset) && !filter->inserts) {
		put(filter, text, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		put_glyph(filter, charset_char(&filter->charset, text[i]));
}

static void on_glyph(uint32_t ch, void *arg)
{
	/* Characters that change the direction of text would affect the operator's text, too. */
	if (!utf8_turns(ch))
		put_glyph(arg, ch);
}

static void on_control(unsigned char c, void *arg)
{
	struct vtfilter *filter = arg;

	charset_control(&filter->charset, c);
	if (c == FF)
		c = VT;
	if ((c >= BS && c <= CR) || (c == BEL && !filter->quiet))
		put(filter, &c, 1);
}

static void put_color(char **at, const struct vt_color *color, int base)
{
	if (color->kind == VT_COLOR_RGB) {
		*at += sprintf(*at, ";%d;2;%d;%d;%d", base + 8, color->red, color->green,
			       color->blue);
	} else if (color->kind == VT_COLOR_INDEXED && color->index < 8) {
		*(*at)++ = ';';
		*(*at)++ = (char)('0' + base / 10);
		*(*at)++ = (char)('0' + color->index);
	} else if (color->kind == VT_COLOR_INDEXED && color->index < 16) {
		*at += sprintf(*at, ";%d", base + 60 + color->index % 8);
	} else if (color->kind == VT_COLOR_INDEXED) {
		*at += sprintf(*at, ";%d;5;%d", base + 8, color->index);
	}
}

static void put_pen(struct vtfilter *filter)
{
	char text[64] = "\033[0";
	char *at = pen_put_attrs(&filter->pen, text + 3);

	put_color(&at, &filter->pen.fg, 30);
	put_color(&at, &filter->pen.bg, 40);
	memcpy(at, "m", 2);
	drive(filter, text);
}

static void reset_pen(struct vtfilter *filter)
{
	filter->pen = (struct pen){ .attrs = 0 };
	drive(filter, RESET_PEN);
}

static void reset_margins(struct vtfilter *filter)
{
	if (filter->margins)
		drive(filter, RESET_MARGINS);
	filter->saves |= filter->margins;
	filter->saved = false;
}

/* RIS. Only clears the screen and resets what the guest has set. */
static void reset(struct vtfilter *filter)
{
	reset_margins(filter);
	reset_pen(filter);
	filter->charset = (struct charset){ .set = 0 };
	filter->inserts = filter->cursor_keys = false;
	drive(filter, "\033[H\033[J");
}

static void save_cursor(struct vtfilter *filter)
{
	drive(filter, SAVE);
	filter->saves = true;
	filter->saved = true;
	filter->saved_pen = filter->pen;
	filter->saved_charset = filter->charset;
}

/*
 * The guest does not get a cursor that another program has saved. With the guest's own the terminal
 * restores its attributes, too: sequences that set them again would need more than VTFILTER_ROOM.
 */
static void restore_cursor(struct vtfilter *filter)
{
	if (!filter->saved)
		return;
	drive(filter, "\0338");
	filter->pen = filter->saved_pen;
	filter->charset = filter->saved_charset;
}

static void on_escape(char intermediate, char final, void *arg)
{
	struct vtfilter *filter = arg;
	const char text[] = { '\033', final, '\0' };

	charset_escape(&filter->charset, intermediate, final);
	if (intermediate)
		return;
	if (final == 'D' || final == 'E' || final == 'M')
		drive(filter, text);
	else if (final == '7')
		save_cursor(filter);
	else if (final == '8')
		restore_cursor(filter);
	else if (final == 'c')
		reset(filter);
}

static void set_modes(struct vtfilter *filter, const struct vtparse_csi *csi)
{
	for (unsigned int i = 0; i < csi->count; i++) {
		if (!csi->leader && csi->args[i] == 4)
			filter->inserts = csi->final == 'h';
		else if (csi->leader == '?' && csi->args[i] == 1)
			filter->cursor_keys = csi->final == 'h';
	}
}

/* Whether the sequence is one of those that pass; they have at most two arguments. */
static bool may_pass(const struct vtparse_csi *csi)
{
	switch (csi->final) {
	case 'J':
	case 'K':
		/* DECSED and DECSEL, too: no cell is protected. 3 would erase the scrollback. */
		return (!csi->leader || csi->leader == '?') && csi->args[0] <= 2;
	case 'S':
	case 'T':
		/* With more arguments they ask about graphics, or track the mouse. */
		return !csi->leader && csi->count == 1;
	default:
		return !csi->leader && strchr("@ABCDEFGHILMPXZ`abdefr", csi->final);
	}
}

static void pass(struct vtfilter *filter, const struct vtparse_csi *csi)
{
	unsigned int most = strchr("Hfr", csi->final) ? 2 : 1;
	char text[24] = "\033[";
	char *at = text + 2;

	for (unsigned int i = 0; i < csi->count && i < most; i++) {
		if (i)
			*at++ = ';';
		if (csi->given & 1u << i)
			at += sprintf(at, "%u", csi->args[i]);
	}
	*at++ = csi->final;
	*at = '\0';
	filter->margins |= csi->final == 'r';
	drive(filter, text);
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct vtfilter *filter = arg;
	bool plain = !csi->leader && !csi->intermediate;
	struct pen before = filter->pen;

	if (plain && csi->final == 'm') {
		pen_sgr(&filter->pen, csi);
		if (memcmp(&before, &filter->pen, sizeof(before)))
			put_pen(filter);
	} else if (csi->intermediate == '!' && csi->final == 'p' && !csi->leader) {
		reset_margins(filter);
		reset_pen(filter);
		filter->charset = (struct charset){ .set = 0 };
		filter->inserts = filter->cursor_keys = false;
	} else if (!csi->intermediate && (csi->final == 'h' || csi->final == 'l')) {
		set_modes(filter, csi);
	} else if (plain && csi->final == 's' && !csi->given && csi->count == 1) {
		save_cursor(filter);
	} else if (plain && csi->final == 'u' && !csi->given && csi->count == 1) {
		restore_cursor(filter);
	} else if (!csi->intermediate && may_pass(csi)) {
		pass(filter, csi);
	}
}

static const struct vtparse_ops ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
};

/* Whether a character that begins so may change the direction of text, or be a control. */
static bool is_doubtful(unsigned char first, unsigned char second)
{
	return first < 0xc3 || first == 0xd8 || (first == 0xe2 && second < 0x82);
}

/* The number of bytes that can pass unchanged between sequences: text and line ends. */
static size_t plain_run(const unsigned char *bytes, size_t len, bool ascii)
{
	size_t n = 0;
	int got;

	while (n < len) {
		if ((bytes[n] >= 0x20 && bytes[n] < 0x7f) || bytes[n] == CR || bytes[n] == LF ||
		    bytes[n] == HT) {
			n++;
			continue;
		}
		if (ascii || n + 1 == len || is_doubtful(bytes[n], bytes[n + 1]))
			break;
		got = utf8_check(bytes + n, len - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

size_t vtfilter_bytes(struct vtfilter *filter, const void *bytes, size_t len, void *out)
{
	const unsigned char *in = bytes;
	const unsigned char *end = in + len;
	const unsigned char *line;

	filter->at = out;
	filter->end = filter->at + VTFILTER_ROOM(len);
	while (in < end) {
		if (vtparse_is_idle(&filter->parse) && !filter->inserts &&
		    !charset_translates(&filter->charset)) {
			size_t run = plain_run(in, (size_t)(end - in), filter->glyphs.locale);

			put(filter, in, run);
			in += run;
		}
		line = memchr(in, LF, (size_t)(end - in));
		line = line ? line + 1 : end;
		vtparse_bytes(&filter->parse, in, (size_t)(line - in), &ops, filter);
		in = line;
	}
	return (size_t)(filter->at - (unsigned char *)out);
}

/*
 * Each of them begins with an ESC, which ends a sequence that was cut off. Output may
 * still be on its way to the terminal, so @margins, @saves and @drove are not cleared.
 */
const char *vtfilter_undo(struct vtfilter *filter)
{
	filter->pen = (struct pen){ .attrs = 0 };
	filter->saved = false;
	if (filter->margins)
		return RESET_PEN RESET_MARGINS;
	if (filter->saves)
		return RESET_PEN SAVE;
	return filter->drove ? RESET_PEN : "";
}
