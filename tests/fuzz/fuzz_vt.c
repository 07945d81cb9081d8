// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile guest, and an operator who types, clicks, resizes and resets in the
 * midst of it: every cell is one that can be shown, the cursor is on the screen,
 * and the scrollback, answers and memory have their bounds. A screen of another size
 * has the same rows in the same order, and the same cells in the same columns.
 */
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "must.h"
#include "vt/vt.h"

#define SCROLLBACK 40

/* An empty screen of this size, and what libvterm has for it, is not more. */
#define MEMORY(rows, cols)                                                              \
	(2 * ((size_t)(rows) * ((size_t)(cols) * sizeof(struct vt_cell) + 64) + 1024) + \
	 SCROLLBACK * (512 + 32) + 32000 + 65536)

static size_t sent;
static int most_rows, most_cols;

static void on_send(const char *bytes, size_t len, void *arg)
{
	(void)arg;
	MUST(bytes && len);
	sent += len;
}

static void on_title(void *arg)
{
	(void)arg;
}

static const struct vt_ops ops = { .send = on_send, .title = on_title };

static int is_text(uint32_t ch)
{
	return ch >= 0x20 && ch != 0x7f && !(ch >= 0x80 && ch < 0xa0) &&
	       !(ch >= 0xd800 && ch < 0xe000) && ch < 0x110000;
}

static void check_cells(const struct vt_cell *cells, int cols)
{
	for (int col = 0; col < cols; col++) {
		const struct vt_cell *cell = &cells[col];
		int i;

		MUST(cell->width <= 2);
		MUST((cell->width == 2) == (col + 1 < cols && !cells[col + 1].width));
		MUST(cell->width || (col && cells[col - 1].width == 2));
		MUST(cell->width == 1 || !cell->width == !cell->chars[0]);
		for (i = 0; i < VT_CHARS && cell->chars[i]; i++)
			MUST(is_text(cell->chars[i]));
		MUST(cell->fg.kind <= VT_COLOR_RGB && cell->bg.kind <= VT_COLOR_RGB);
	}
}

/* A row as it is shown is the beginning of all that is kept of it, but for half a character. */
static void check_beginning(const struct vt_cell *shown, const struct vt_cell *whole, int cols)
{
	for (int col = 0; col < cols; col++)
		if (col + 1 < cols || whole[col].width != 2)
			MUST(shown[col].width == whole[col].width &&
			     !memcmp(shown[col].chars, whole[col].chars, sizeof(whole->chars)));
}

static void check_row(const struct vt *vt, long row, int cols)
{
	static struct vt_cell shown[VT_COLS_MAX];
	static struct vt_cell cells[VT_COLS_MAX];
	static char text[VT_COLS_MAX * VT_CHARS * 4 + 1];
	static uint16_t columns[sizeof(text)];
	int width = vt_row_width(vt, row);
	size_t len;

	MUST(vt_row(vt, row, shown));
	check_cells(shown, cols);
	/* With what a smaller screen hides of it. */
	MUST(width >= cols && width <= VT_COLS_MAX && vt_row_whole(vt, row, cells));
	check_cells(cells, width);
	check_beginning(shown, cells, cols);
	len = vt_row_text(vt, row, text, sizeof(text), columns);
	MUST(strlen(text) == len);
	for (size_t i = 0; i < len; i++) {
		uint32_t ch, first;

		MUST(columns[i] < width && (!i || columns[i] >= columns[i - 1]));
		if (i && columns[i] == columns[i - 1])
			continue;
		/* It begins with what is in that column. */
		utf8_get(text + i, &ch);
		first = cells[columns[i]].chars[0];
		MUST(ch == (first ? first : ' '));
	}
	vt_row_wraps(vt, row);
}

static void check(struct vt *vt)
{
	uint64_t damage[(VT_ROWS_MAX + 63) / 64];
	struct vt_cursor cursor;
	const char *title = vt_title(vt);
	long lines = (long)vt_scrollback(vt);
	int rows, cols, hidden;

	vt_size(vt, &rows, &cols);
	vt_cursor(vt, &cursor);
	MUST(cursor.row >= 0 && cursor.row < rows && cursor.col >= 0 && cursor.col < cols);
	MUST(lines <= SCROLLBACK && (uint64_t)lines <= vt_scrolled(vt));
	/* What is hidden is kept. */
	most_rows = rows > most_rows ? rows : most_rows;
	most_cols = cols > most_cols ? cols : most_cols;
	MUST(vt_memory(vt) <= MEMORY(most_rows, most_cols));
	MUST(strlen(title) < VT_TITLE_SIZE);
	for (; *title; title++)
		MUST((unsigned char)*title >= 0x20 && *title != 0x7f);
	/* Those that are hidden can be looked at as well. */
	hidden = vt_hidden(vt);
	MUST(hidden >= 0 && rows + hidden <= most_rows);
	for (long row = -lines; row < rows + hidden; row++)
		check_row(vt, row, cols);
	MUST(!vt_row(vt, rows + hidden, NULL) && !vt_row(vt, -lines - 1, NULL));
	vt_damage(vt, damage);
	for (int row = rows; row < VT_ROWS_MAX; row++)
		MUST(!(damage[row / 64] >> row % 64 & 1));
}

struct rows {
	size_t count;		     /* up to the last one with something on it */
	uint64_t text[SCROLLBACK + VT_ROWS_MAX]; /* a sum of each; 0: nothing is on it */
};

/* All that there is, from the oldest line of the scrollback to the last hidden row. */
static void take_rows(const struct vt *vt, struct rows *rows)
{
	static char text[VT_COLS_MAX * VT_CHARS * 4 + 1];
	static uint16_t columns[sizeof(text)];
	long row = -(long)vt_scrollback(vt);
	int below, cols;
	size_t n = 0;

	vt_size(vt, &below, &cols);
	below += vt_hidden(vt);
	for (rows->count = 0; row < below; row++, n++) {
		size_t len = vt_row_text(vt, row, text, sizeof(text), columns);

		rows->text[n] = 0;
		while (len && text[len - 1] == ' ')
			len--;
		for (size_t i = 0; i < len; i++)
			rows->text[n] = (rows->text[n] + columns[i] + 1) * 1099511628211u ^
					(uint8_t)text[i];
		if (len)
			rows->count = n + 1;
	}
}

static void resize(struct vt *vt, int rows, int cols)
{
	static struct rows before, after;
	size_t count;

	take_rows(vt, &before);
	MUST(!vt_resize(vt, rows, cols));
	take_rows(vt, &after);
	/* The primary screen is not seen beside the other, and may have moved. */
	if (vt_on_alternate(vt))
		return;
	/* The oldest lines may be gone, if there are too many. */
	count = before.count < after.count ? before.count : after.count;
	MUST(after.count == before.count ||
	     (after.count < before.count && vt_scrollback(vt) == SCROLLBACK));
	for (size_t i = 1; i <= count; i++)
		MUST(before.text[before.count - i] == after.text[after.count - i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A byte says what is done, most often that so many of the next are written. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vt *vt = vt_new(5, 20, SCROLLBACK, &ops, NULL);

	MUST(vt);
	most_rows = 5;
	most_cols = 20;
	while (size >= 3) {
		uint8_t what = data[0];
		size_t len = what & 0x3f;

		if (what < 0xc0) {
			data++, size--;
			len = len < size ? len + 1 : size;
			sent = 0;
			vt_begin(vt);
			vt_write(vt, data, len);
			MUST(sent <= 4096);
			data += len, size -= len;
			continue;
		}
		switch (what & 7) {
		case 0:
		case 1:
			resize(vt, VT_ROWS_MIN + data[1] % 60, VT_COLS_MIN + data[2] % 150);
			check(vt);
			break;
		case 2:
			vt_key(vt, data[1] % (VT_KEY_F12 + 1), data[2] & 7);
			break;
		case 3:
			vt_key_char(vt, data[1], data[2] & 7);
			break;
		case 4:
			vt_mouse_event(vt, data[1] - 2, data[2] - 2, what >> 3 & 7, data[1] & 1, 0);
			break;
		case 5:
			vt_live(vt, data[1] & 1);
			break;
		case 6:
			vt_paste_begin(vt);
			vt_paste_end(vt);
			break;
		default:
			if (data[1] & 1)
				vt_reset(vt);
			else
				vt_revive(vt);
			vt_encode(vt, data[2] % ENCODINGS);
			break;
		}
		data += 3, size -= 3;
	}
	check(vt);
	vt_free(vt);
	return 0;
}
