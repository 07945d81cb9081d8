// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a guest prints, what is left is UTF-8 without anything that drives a
 * terminal; it is the same however the bytes come, and is not changed by a second
 * reading. And a line that is edited in its row is what an emulator shows there.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "must.h"
#include "text/textline.h"
#include "vt/vt.h"

#define INPUT 4096

/* A line is full before one byte of input has made more of it. */
#define OUTPUT ((INPUT + 1) * 90)

/* Some of the emulator's row, and where no tab or padding goes beyond. */
#define COLUMNS 200
#define INSIDE 70

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool gave;

static void check_text(const char *text, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;

	for (size_t i = 0; i < len;) {
		int got = utf8_check(at + i, len - i);
		uint32_t ch;

		MUST(got > 0);
		utf8_get(text + i, &ch);
		MUST(ch == '\n' || ch == '\t' || (ch >= 0x20 && ch < 0x7f) ||
		     (ch >= 0xa0 && !utf8_turns(ch)));
		i += (size_t)got;
	}
}

/* Alerts look at the text up to any of these, and trust that each is UTF-8. */
static void check_ends(const struct textline *line)
{
	check_text(line->text, line->give);
	check_text(line->text, line->at);
	check_text(line->text + line->give, line->len - line->give);
}

static size_t in_pieces(const uint8_t *bytes, size_t len, size_t piece, char *out)
{
	static struct textline line;
	size_t n = 0;

	memset(&line, 0, sizeof(line));
	for (size_t at = 0; at < len;) {
		at += textline_add(&line, bytes + at, len - at < piece ? len - at : piece);
		MUST(line.len <= sizeof(line.text) && line.at <= line.len && line.give <= line.len);
		check_ends(&line);
		if (!line.ended && !line.give)
			continue;
		gave |= !line.ended;
		memcpy(out + n, line.text, line.ended ? line.len : line.give);
		n += line.ended ? line.len : line.give;
		if (line.ended)
			out[n++] = '\n';
	}
	if (line.ended)
		return n;
	memcpy(out + n, line.text + line.give, line.len - line.give);
	return n + line.len - line.give;
}

static const char *const edits[] = {
	"a",	   "b",	      "c",	"de",	  " ",	    "f",       "\b",	  "\b",	     "\b \b",
	"\r",	   "\t",      "\033[K", "\033[1K", "\033[2K", "\033[P", "\033[2P", "\033[@",  "\033[2@",
	"\033[X",  "\033[3X", "\033[C", "\033[4C", "\033[D", "\033[3D", "\033[G",  "\033[5G", "\033[4h",
	"\033[4l", "g\xcc\x81", "\xe4\xb8\x80", "\033[J", "\033[2b",
	"\0337",	   "\0338",	      "\033[s",	"\033[u",
};

/* The text with its tabs as blanks, and none behind it. */
static void lay_out(const struct textline *line, char *out)
{
	size_t col = 0;
	size_t n = 0;

	for (size_t i = 0; i < line->len;) {
		uint32_t ch;
		size_t len = utf8_get(line->text + i, &ch);

		if (ch == '\t') {
			do
				out[n++] = ' ';
			while (++col % 8);
		} else {
			memcpy(out + n, line->text + i, len);
			n += len;
			col += (size_t)utf8_width(ch);
		}
		i += len;
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void show_row(const struct vt *vt, char *out)
{
	static struct vt_cell cells[COLUMNS];
	size_t n = 0;

	MUST(vt_row(vt, 0, cells));
	for (int col = 0; col < COLUMNS; col++) {
		if (!cells[col].width)
			continue;
		if (!cells[col].chars[0])
			out[n++] = ' ';
		for (int i = 0; i < VT_CHARS && cells[col].chars[i]; i++)
			n += utf8_put(out + n, cells[col].chars[i]);
	}
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* Columns, or more. */
static size_t width_of(const struct textline *line)
{
	size_t width = line->len + line->beyond;

	for (size_t i = 0; i < line->len; i++)
		width += line->text[i] == '\t' ? 7 : 0;
	return width;
}

static void edit(const uint8_t *data, size_t size)
{
	static const struct vt_ops ops = { 0 };
	struct vt *vt = vt_new(2, COLUMNS, 0, &ops, NULL);
	static struct textline line;
	char seen[COLUMNS * UTF8_MAX * VT_CHARS + 1];
	char text[sizeof(seen)];

	MUST(vt);
	memset(&line, 0, sizeof(line));
	for (size_t i = 0; i < size && width_of(&line) < INSIDE - 12; i++) {
		const char *token = edits[data[i] % (sizeof(edits) / sizeof(edits[0]))];

		/* libvterm makes room for half of a wide one. */
		if (line.inserts && (token[0] == '\xe4' || !strcmp(token, "\033[2b")))
			continue;
		/* Where none was saved the cursor goes to another row. */
		if (!line.saved && (!strcmp(token, "\0338") || !strcmp(token, "\033[u")))
			continue;
		vt_write(vt, token, strlen(token));
		MUST(textline_add(&line, (const uint8_t *)token, strlen(token)) == strlen(token));
		lay_out(&line, text);
		show_row(vt, seen);
		if (strcmp(text, seen))
			fprintf(stderr, "'%s' after %zu edits, and '%s' on the screen\n", text,
				i + 1, seen);
		MUST(!strcmp(text, seen));
	}
	vt_free(vt);
}

/* The first byte is the size of pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole[OUTPUT];
	static char pieces[OUTPUT];
	static char again[OUTPUT];
	size_t n;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (!size || size > INPUT)
		return 0;
	gave = false;
	n = in_pieces(data + 1, size - 1, size, whole);
	check_text(whole, n);
	/* Of a very long line what is final depends on that. */
	if (in_pieces(data + 1, size - 1, data[0] % 32 + 1, pieces) != n || memcmp(whole, pieces, n))
		MUST(gave);
	MUST(in_pieces((const uint8_t *)whole, n, n + 1, again) == n);
	MUST(!memcmp(whole, again, n));
	edit(data + 1, size - 1 < 64 ? size - 1 : 64);
	return 0;
}
