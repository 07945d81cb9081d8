// SPDX-License-Identifier: GPL-2.0-only
#include "vt_fixture.h"

char sent[SENT_SIZE];
size_t sent_len;
int bells, titles;

static void on_send(const char *bytes, size_t len, void *arg)
{
	assert_ptr_equal(arg, sent);
	assert_true(sent_len + len < sizeof(sent));
	memcpy(sent + sent_len, bytes, len);
	sent_len += len;
	sent[sent_len] = '\0';
}

static void on_bell(void *arg)
{
	(void)arg;
	bells++;
}

static void on_title(void *arg)
{
	(void)arg;
	titles++;
}

static const struct vt_ops ops = { on_send, on_bell, on_title };

struct vt *make(int rows, int cols, size_t scrollback)
{
	sent_len = 0;
	sent[0] = '\0';
	bells = titles = 0;
	return vt_new(rows, cols, scrollback, &ops, sent);
}

void write_text(struct vt *vt, const char *text)
{
	vt_begin(vt);
	vt_write(vt, text, strlen(text));
}

const char *line(const struct vt *vt, long row)
{
	static char text[VT_COLS_MAX * 24];
	static uint16_t at[sizeof(text)];
	int rows, cols;
	size_t len;

	vt_size(vt, &rows, &cols);
	len = vt_row_text(vt, row, text, sizeof(text), at);
	/* Of the screen what is shown of it: without half a wide character. */
	while (row >= 0 && len &&
	       (at[len - 1] >= cols ||
		(at[len - 1] == cols - 1 && cell(vt, row, cols - 1).chars[0] == 0)))
		text[--len] = '\0';
	while (len && text[len - 1] == ' ' &&
	       (!vt_row_wraps(vt, row) || vt_row_width(vt, row) > cols))
		text[--len] = '\0';
	return text;
}

const char *screen(const struct vt *vt)
{
	static char all[65536];
	int rows, cols;
	size_t len = 0;

	vt_size(vt, &rows, &cols);
	for (int row = 0; row < rows; row++) {
		if (row)
			all[len++] = '|';
		strcpy(all + len, line(vt, row));
		len += strlen(all + len);
	}
	return all;
}

const char *whole(const struct vt *vt, long row)
{
	static char text[VT_COLS_MAX * 24];

	vt_row_text(vt, row, text, sizeof(text), NULL);
	return text;
}

struct vt_cell cell(const struct vt *vt, long row, int col)
{
	static struct vt_cell cells[VT_COLS_MAX];

	assert_true(vt_row(vt, row, cells));
	return cells[col];
}

void expect_cursor(const struct vt *vt, int row, int col)
{
	struct vt_cursor cursor;

	vt_cursor(vt, &cursor);
	assert_int_equal(cursor.row, row);
	assert_int_equal(cursor.col, col);
}

void expect_color(struct vt_color color, struct vt_color expected)
{
	assert_int_equal(color.kind, expected.kind);
	assert_int_equal(color.index, expected.index);
	assert_int_equal(color.red, expected.red);
	assert_int_equal(color.green, expected.green);
	assert_int_equal(color.blue, expected.blue);
}
