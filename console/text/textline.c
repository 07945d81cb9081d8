// SPDX-License-Identifier: GPL-2.0-only
#include "text/textline.h"

#include <string.h>

#include "base/utf8.h"
#include "vt/controls.h"

/* Bytes that are taken at once if they are text, and what one sequence may add. */
#define RUN 256
#define STEP 1024

/* With more in it a line is given. */
#define FULL (TEXTLINE_MAX - STEP)

/*
 * What an editor of lines takes a serial terminal's width for. At the edge it prints
 * a blank, which wraps, and a carriage return: the line goes on.
 */
#define COLUMNS 80

#define TAB 8

static void changed(struct textline *line, size_t at)
{
	if (line->low > at)
		line->low = at;
}

/* Makes room for @len bytes in the place of those from @from to @to. */
static void make_room(struct textline *line, size_t from, size_t to, size_t len)
{
	memmove(line->text + from + len, line->text + to, line->len - to);
	line->len += len - (to - from);
	changed(line, from);
}

static void replace_by_blanks(struct textline *line, size_t from, size_t to, size_t count)
{
	make_room(line, from, to, count);
	memset(line->text + from, ' ', count);
}

static void cut(struct textline *line)
{
	line->len = line->at;
	changed(line, line->at);
}

static int width_at(const struct textline *line, size_t at)
{
	uint32_t ch;

	if (!(line->text[at] & 0x80))
		return 1;
	utf8_get(line->text + at, &ch);
	return utf8_width(ch);
}

static bool continues(const struct textline *line, size_t at)
{
	return (line->text[at] & 0xc0) == 0x80;
}

/* The next character, behind those that go to this one. */
static size_t next(const struct textline *line, size_t at)
{
	do {
		at++;
		while (at < line->len && continues(line, at))
			at++;
	} while (at < line->len && !width_at(line, at));
	return at;
}

static size_t previous(const struct textline *line, size_t at)
{
	do {
		at--;
		while (at && continues(line, at))
			at--;
	} while (at && !width_at(line, at));
	return at;
}

static size_t column_of(const struct textline *line, size_t at)
{
	size_t column = 0;

	for (size_t i = 0; i < at; i = next(line, i))
		column += line->text[i] == '\t' ? TAB - column % TAB : (size_t)width_at(line, i);
	return column;
}

static size_t column(const struct textline *line)
{
	return column_of(line, line->at) + line->half + line->beyond;
}

/* Tabs are what they are until somebody goes back to them. */
static void expand_tabs(struct textline *line)
{
	size_t col = 0;

	if (!line->tabs)
		return;
	line->tabs = false;
	for (size_t i = 0; i < line->len; i = next(line, i)) {
		size_t count = TAB - col % TAB;

		if (line->text[i] != '\t') {
			col += (size_t)width_at(line, i);
			continue;
		}
		if (line->len + count > FULL)
			count = 1;
		replace_by_blanks(line, i, i + 1, count);
		if (line->at > i)
			line->at += count - 1;
		col += count;
		i += count - 1;
	}
}

static void go_left(struct textline *line, size_t count)
{
	expand_tabs(line);
	for (; count && (line->at || line->half || line->beyond); count--) {
		if (line->beyond) {
			line->beyond--;
		} else if (line->half) {
			line->half = false;
		} else {
			line->at = previous(line, line->at);
			line->half = width_at(line, line->at) == 2;
		}
	}
}

static void go_right(struct textline *line, size_t count)
{
	size_t most;
	size_t end;

	expand_tabs(line);
	for (; count && line->at < line->len; count--) {
		if (!line->half && width_at(line, line->at) == 2) {
			line->half = true;
		} else {
			line->half = false;
			line->at = next(line, line->at);
		}
	}
	if (!count)
		return;
	end = column_of(line, line->at);
	most = end < TEXTLINE_PAD ? TEXTLINE_PAD - end : 0;
	line->beyond += count;
	if (line->beyond > most)
		line->beyond = most;
}

static void go_to(struct textline *line, size_t col)
{
	line->at = 0;
	line->half = false;
	line->beyond = 0;
	go_right(line, col);
}

static void tab(struct textline *line)
{
	if (line->at == line->len && !line->beyond) {
		line->text[line->len++] = '\t';
		line->at = line->len;
		line->tabs = true;
		return;
	}
	expand_tabs(line);
	go_right(line, TAB - column(line) % TAB);
}

/* What is at the cursor is a whole character, or its end. */
static void settle(struct textline *line)
{
	expand_tabs(line);
	if (line->beyond) {
		replace_by_blanks(line, line->len, line->len, line->beyond);
		line->at = line->len;
		line->beyond = 0;
	}
	if (line->half) {
		replace_by_blanks(line, line->at, next(line, line->at), 2);
		line->at++;
		line->half = false;
	}
}

/* Where @count columns from the cursor end; @over: columns of the last one beyond. */
static size_t span(const struct textline *line, size_t count, size_t *over)
{
	size_t end = line->at;
	size_t cols = 0;

	while (end < line->len && cols < count) {
		cols += (size_t)width_at(line, end);
		end = next(line, end);
	}
	*over = cols > count ? cols - count : 0;
	return end;
}

static void put_glyph(struct textline *line, uint32_t ch)
{
	int width = utf8_width(ch);
	char bytes[UTF8_MAX + 1];
	size_t len = utf8_put(bytes, ch);
	size_t end = line->at;
	size_t over = 0;

	if (width < 0)
		return;
	if (width) {
		line->last = ch;
		if (line->at < line->len || line->beyond)
			settle(line);
		end = line->at;
		if (!line->inserts)
			end = span(line, (size_t)width, &over);
	}
	/* Half of a wide one is left. */
	bytes[len] = ' ';
	make_room(line, line->at, end, len + over);
	memcpy(line->text + line->at, bytes, len + over);
	line->at += len;
}

/* Blanks behind the cursor are where something was taken back. */
static void cut_blanks(struct textline *line)
{
	size_t at = line->at;

	while (at < line->len && line->text[at] == ' ')
		at++;
	if (at == line->len && line->at < line->len)
		cut(line);
}

static void end_line(struct textline *line)
{
	cut_blanks(line);
	line->ended = true;
}

static void leave_row(struct textline *line)
{
	if (line->len)
		end_line(line);
	line->at = 0;
	line->half = false;
	line->beyond = 0;
}

static void carriage_return(struct textline *line)
{
	if (line->at == line->len && line->len > COLUMNS && !line->beyond &&
	    line->text[line->len - 1] == ' ' && column(line) % COLUMNS == 1) {
		line->len--;
		line->at--;
		changed(line, line->at);
		return;
	}
	cut_blanks(line);
	line->at = 0;
	line->half = false;
	line->beyond = 0;
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	struct textline *line = arg;

	if (line->at == line->len && !line->beyond && !charset_draws(&line->charset)) {
		memcpy(line->text + line->len, text, len);
		line->len += len;
		line->at = line->len;
		line->last = (unsigned char)text[len - 1];
		return;
	}
	for (size_t i = 0; i < len; i++)
		put_glyph(line, charset_draws(&line->charset) ? charset_drawing(text[i])
							      : (unsigned char)text[i]);
}

static void on_glyph(uint32_t ch, void *arg)
{
	put_glyph(arg, ch);
}

static void on_control(unsigned char c, void *arg)
{
	struct textline *line = arg;

	charset_control(&line->charset, c);
	if (c == BS)
		go_left(line, 1);
	else if (c == HT)
		tab(line);
	else if (c == LF || c == VT || c == FF)
		end_line(line);
	else if (c == CR)
		carriage_return(line);
}

static void on_escape(char intermediate, char final, void *arg)
{
	struct textline *line = arg;

	charset_escape(&line->charset, intermediate, final);
	if (!intermediate && strchr("DEMc", final))
		leave_row(line);
}

/* DCH, or ECH. */
static void take_away(struct textline *line, size_t count, bool leaves_blanks)
{
	size_t over;
	size_t end;

	if (line->at == line->len)
		return;
	settle(line);
	end = span(line, count, &over);
	if (end == line->len && !over)
		cut(line);
	else
		replace_by_blanks(line, line->at, end, leaves_blanks ? count + over : over);
}

/* EL, and ED as far as this line goes. */
static void erase(struct textline *line, unsigned int what)
{
	size_t col = column(line);

	if (what == 1 && line->at < line->len) {
		settle(line);
		go_to(line, 0);
		take_away(line, col + 1, true);
		go_to(line, col);
	} else if (what) {
		line->len = line->at = 0;
		line->half = false;
		line->beyond = 0;
		changed(line, 0);
		go_right(line, col);
	} else if (line->at < line->len) {
		settle(line);
		cut(line);
	}
}

static void repeat(struct textline *line, size_t count)
{
	for (size_t i = 0; line->last && i < count && i < TEXTLINE_PAD; i++)
		put_glyph(line, line->last);
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	struct textline *line = arg;
	unsigned int first = csi->args[0];
	size_t count = first ? first : 1;

	if (csi->intermediate || (csi->leader && csi->leader != '?'))
		return;
	if (csi->leader && !strchr("JKhl", csi->final))
		return;
	switch (csi->final) {
	case 'C':
	case 'a':
		go_right(line, count);
		break;
	case 'D':
	case 'j':
		go_left(line, count);
		break;
	case 'G':
	case '`':
		expand_tabs(line);
		go_to(line, count - 1);
		break;
	case 'I':
		for (size_t i = 0; i < count && i < TEXTLINE_PAD / TAB; i++)
			tab(line);
		break;
	case 'K':
		erase(line, first);
		break;
	case 'J':
		if (first < 2)
			erase(line, first);
		else
			leave_row(line);
		break;
	case 'P':
		take_away(line, count, false);
		break;
	case 'X':
		take_away(line, count, true);
		break;
	case '@':
		if (line->at == line->len)
			break;
		settle(line);
		replace_by_blanks(line, line->at, line->at,
				  count < TEXTLINE_PAD ? count : TEXTLINE_PAD);
		break;
	case 'b':
		repeat(line, count);
		break;
	case 'h':
	case 'l':
		if (csi->leader && (first == 47 || first == 1047 || first == 1049))
			leave_row(line);
		else if (!csi->leader && first == 4)
			line->inserts = csi->final == 'h';
		break;
	default:
		if (strchr("ABEFHdef", csi->final))
			leave_row(line);
		break;
	}
}

static const struct vtparse_ops ops = {
	.ascii = on_ascii,
	.glyph = on_glyph,
	.control = on_control,
	.escape = on_escape,
	.csi = on_csi,
};

/* What was given is forgotten, and what a terminal keeps over lines as well. */
static void forget(struct textline *line)
{
	size_t given = line->ended ? line->len : line->give;

	memmove(line->text, line->text + given, line->len - given);
	line->len -= given;
	line->at -= line->at < given ? line->at : given;
	line->low -= line->low < given ? line->low : given;
	line->give = 0;
	if (!line->ended)
		return;
	line->ended = false;
	line->at = line->beyond = line->low = 0;
	line->half = line->tabs = line->inserts = false;
	line->charset = (struct charset){ .set = 0 };
}

/* Bytes that can be given to the parser and end no line but with the last. */
static size_t run_of(const struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t run;
	int whole;

	if (!vtparse_is_idle(&line->parse))
		return 1;
	if (bytes[0] >= 0x80) {
		whole = utf8_check(bytes, len);
		return whole > 0 ? (size_t)whole : 1;
	}
	run = utf8_ascii(bytes, len < RUN ? len : RUN);
	return run ? run : 1;
}

/* In a row of characters that go to the one before it is as good as another. */
static size_t middle(const struct textline *line)
{
	size_t at = previous(line, line->len / 2);

	if (!at)
		for (at = line->len / 2; at < line->len && continues(line, at); at++)
			;
	return at;
}

size_t textline_step(struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t run;

	line->parse.by_line = true;
	if (line->ended || line->give)
		forget(line);
	run = run_of(line, bytes, len);
	vtparse_bytes(&line->parse, bytes, run, &ops, line);
	line->rest = vtparse_is_idle(&line->parse) ? 0 : line->rest + run;
	if (!line->ended && line->len > FULL)
		line->give = middle(line);
	return run;
}

size_t textline_add(struct textline *line, const unsigned char *bytes, size_t len)
{
	size_t done = 0;

	if (line->ended || line->give)
		forget(line);
	while (done < len) {
		done += textline_step(line, bytes + done, len - done);
		if (line->ended || line->give)
			break;
	}
	return done;
}
