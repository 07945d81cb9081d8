// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_pan.h"

#include "base/clock.h"
#include "base/within.h"
#include "ui/ui_lines.h"

/* For this long after a key, output is an echo, and the window follows the cursor at once. */
#define TYPED_NS 2000000000ull

/* Otherwise it does once the guest has printed nothing for this long. */
#define REST_MS 150

int ui_pan_gutter(const struct ui_window *window)
{
	return window->times ? TIMES_TEXT_SIZE - 1 : 0;
}

/*
 * Whether the window may follow the cursor sideways now: not while the guest prints, or it
 * would jump with each long line of a log.
 */
static bool rests(struct ui *ui, struct ui_window *window)
{
	const struct guest *guest = window->view->guest;
	uint64_t now = clock_ns();

	if (window->newest != guest->newest)
		window->newest_ns = now;
	window->newest = guest->newest;
	if (guest->typed_ns && now - guest->typed_ns < TYPED_NS)
		return true;
	if (now - window->newest_ns >= REST_MS * 1000000ull)
		return true;
	loop_timer_set(ui->rest, REST_MS);
	return false;
}

void ui_pan_follow(struct ui *ui, struct ui_window *window, int height, int width)
{
	struct vt_cursor cursor;
	int rows;
	int cols;

	height = height < 1 ? 1 : height;
	width = width < 1 ? 1 : width;
	vt_size(window->view->vt, &rows, &cols);
	vt_cursor(window->view->vt, &cursor);
	window->row = within(window->row, 0, rows - height);
	window->col = within(window->col, 0, cols - width);
	if (!window->panned) {
		if (cursor.row < window->row)
			window->row = cursor.row;
		if (cursor.row >= window->row + height)
			window->row = cursor.row - height + 1;
		/* Show the start of lines if possible; else put the cursor in the middle. */
		if (cursor.col < width)
			window->col = 0;
		else if ((cursor.col < window->col || cursor.col >= window->col + width) &&
			 rests(ui, window))
			window->col = within(cursor.col - width / 2, 0, cols - width);
	}
}

const char *ui_pan_more(const struct ui_window *window, const struct layout_place *place,
			char text[8])
{
	int width = place->cols - ui_pan_gutter(window);
	bool back = window->back.on;
	int first = back ? window->back.first : window->col;
	size_t len = 0;
	int rows;
	int cols;

	vt_size(window->view->vt, &rows, &cols);
	if (back)
		cols = ui_back_width(window, place->rows - 1);
	text[len++] = ' ';
	if (first > 0)
		text[len++] = '<';
	if (first + width < cols)
		text[len++] = '>';
	/* While looking back there are nearly always lines above and below: do not say so. */
	if (back)
		rows = 0;
	if (window->row > 0 && !back)
		text[len++] = '^';
	if (window->row + place->rows - 1 < rows)
		text[len++] = 'v';
	text[len > 1 ? len : 0] = '\0';
	return text;
}
