// SPDX-License-Identifier: GPL-2.0-only
#include "text/linecells.h"

#include <string.h>

#include "base/utf8.h"

#define TAB 8

/* Bytes that are moved or compared in the time in which the cursor passes one. */
#define AT_ONCE 16

void cells_changed(struct textline *line, size_t at)
{
	if (line->low > at)
		line->low = at;
}

static void walk(struct textline *line, size_t bytes)
{
	line->walked += bytes;
}

/*
 * Makes room for @len bytes in place of those from @from to @to. False: there is not enough,
 * although LINECELLS_STEP should leave it; nothing has changed then.
 */
static bool make_room(struct textline *line, size_t from, size_t to, size_t len)
{
	if (len > sizeof(line->text) - (line->len - (to - from)))
		return false;
	walk(line, (line->len - to) / AT_ONCE);
	memmove(line->text + from + len, line->text + to, line->len - to);
	line->len += len - (to - from);
	cells_changed(line, from);
	return true;
}

void cells_blanks(struct textline *line, size_t from, size_t to, size_t count)
{
	size_t most = sizeof(line->text) - (line->len - (to - from));

	if (count > most)
		count = most;
	make_room(line, from, to, count);
	memset(line->text + from, ' ', count);
}

void cells_cut(struct textline *line)
{
	line->len = line->at;
	cells_changed(line, line->at);
}

static int width_at(const struct textline *line, size_t at)
{
	uint32_t ch;

	if (!(line->text[at] & 0x80))
		return 1;
	utf8_get(line->text + at, &ch);
	return utf8_width(ch);
}

bool cells_continues(const struct textline *line, size_t at)
{
	return (line->text[at] & 0xc0) == 0x80;
}

size_t cells_next(const struct textline *line, size_t at)
{
	do {
		at++;
		while (at < line->len && cells_continues(line, at))
			at++;
	} while (at < line->len && !width_at(line, at));
	return at;
}

size_t cells_previous(const struct textline *line, size_t at)
{
	do {
		at--;
		while (at && cells_continues(line, at))
			at--;
	} while (at && !width_at(line, at));
	return at;
}

size_t cells_column_of(struct textline *line, size_t at)
{
	size_t column = 0;

	if (!line->wide && !line->tabs)
		return at;
	walk(line, at);
	for (size_t i = 0; i < at; i = cells_next(line, i))
		column += line->text[i] == '\t' ? TAB - column % TAB : (size_t)width_at(line, i);
	return column;
}

size_t cells_column(struct textline *line)
{
	return cells_column_of(line, line->at) + line->half + line->beyond;
}

void cells_expand_tabs(struct textline *line)
{
	size_t col = 0;

	if (!line->tabs)
		return;
	line->tabs = false;
	walk(line, line->len);
	for (size_t i = 0; i < line->len; i = cells_next(line, i)) {
		size_t count = TAB - col % TAB;

		if (line->text[i] != '\t') {
			col += (size_t)width_at(line, i);
			continue;
		}
		if (line->len + count > LINECELLS_FULL)
			count = 1;
		cells_blanks(line, i, i + 1, count);
		if (line->at > i)
			line->at += count - 1;
		col += count;
		i += count - 1;
	}
}

void cells_left(struct textline *line, size_t count)
{
	size_t from = line->at;

	cells_expand_tabs(line);
	for (; count && (line->at || line->half || line->beyond); count--) {
		if (line->beyond) {
			line->beyond--;
		} else if (line->half) {
			line->half = false;
		} else {
			line->at = cells_previous(line, line->at);
			line->half = width_at(line, line->at) == 2;
		}
	}
	walk(line, from > line->at ? from - line->at : 0);
}

void cells_right(struct textline *line, size_t count)
{
	size_t most;
	size_t from;
	size_t end;

	cells_expand_tabs(line);
	from = line->at;
	for (; count && line->at < line->len; count--) {
		if (!line->half && width_at(line, line->at) == 2) {
			line->half = true;
		} else {
			line->half = false;
			line->at = cells_next(line, line->at);
		}
	}
	walk(line, line->at - from);
	if (!count)
		return;
	end = cells_column_of(line, line->at);
	most = (size_t)line->fold.row * line->fold.rows;
	if (most < TEXTLINE_PAD)
		most = TEXTLINE_PAD;
	most = end < most ? most - end : 0;
	if (most > LINECELLS_BEYOND)
		most = LINECELLS_BEYOND;
	line->beyond += count;
	if (line->beyond > most)
		line->beyond = most;
}

void cells_go_to(struct textline *line, size_t col)
{
	line->at = 0;
	line->half = false;
	line->beyond = 0;
	cells_right(line, col);
}

void cells_tab(struct textline *line)
{
	if (line->at == line->len && !line->beyond) {
		cells_append(line, "\t", 1);
		line->tabs = true;
		return;
	}
	cells_expand_tabs(line);
	cells_right(line, TAB - cells_column(line) % TAB);
}

void cells_tab_back(struct textline *line, size_t count)
{
	size_t stop = (cells_column(line) + TAB - 1) / TAB;

	cells_expand_tabs(line);
	cells_go_to(line, count < stop ? (stop - count) * TAB : 0);
}

void cells_settle(struct textline *line)
{
	cells_expand_tabs(line);
	if (line->beyond) {
		cells_blanks(line, line->len, line->len, line->beyond);
		line->at = line->len;
		line->beyond = 0;
	}
	if (line->half) {
		/* There is room for two blanks, which are not longer than the character. */
		cells_blanks(line, line->at, cells_next(line, line->at), 2);
		line->at++;
		line->half = false;
	}
}

/* Where @count columns from the cursor end; @over: columns of the last character beyond that. */
static size_t span(struct textline *line, size_t count, size_t *over)
{
	size_t end = line->at;
	size_t cols = 0;

	while (end < line->len && cols < count) {
		cols += (size_t)width_at(line, end);
		end = cells_next(line, end);
	}
	walk(line, end - line->at);
	*over = cols > count ? cols - count : 0;
	return end;
}

void cells_put(struct textline *line, uint32_t ch)
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
			cells_settle(line);
		end = line->at;
		if (!line->inserts)
			end = span(line, (size_t)width, &over);
	}
	/* A blank takes the place of the half of a wide character that is left. */
	bytes[len] = ' ';
	if (!make_room(line, line->at, end, len + over))
		return;
	line->wide |= len > 1;
	memcpy(line->text + line->at, bytes, len + over);
	line->at += len;
}

void cells_append(struct textline *line, const char *text, size_t len)
{
	size_t at = line->len;

	if (!make_room(line, at, at, len))
		return;
	memcpy(line->text + at, text, len);
	line->at = line->len;
}

/* Blanks after the cursor are where something was deleted. */
void cells_cut_blanks(struct textline *line)
{
	size_t at = line->at;

	while (at < line->len && line->text[at] == ' ')
		at++;
	walk(line, (at - line->at) / AT_ONCE);
	if (at == line->len && line->at < line->len)
		cells_cut(line);
}

void cells_take_away(struct textline *line, size_t count, bool leaves_blanks)
{
	size_t over;
	size_t end;

	if (line->at == line->len)
		return;
	cells_settle(line);
	end = span(line, count, &over);
	if (end == line->len && !over)
		cells_cut(line);
	else
		cells_blanks(line, line->at, end, leaves_blanks ? count + over : over);
}
