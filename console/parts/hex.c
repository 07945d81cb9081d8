// SPDX-License-Identifier: GPL-2.0-only
#include "parts/hex.h"

#include <inttypes.h>
#include <stdlib.h>

#include "text/when.h"
#include "ui/ui_input.h"
#include "ui/ui_paint.h"
#include "ui/ui_pan.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

#define BYTES_PER_LINE 16

static bool shows(const struct ui_window *window)
{
	return window->view && window->hex;
}

/* Scrolls @lines up, or down if negative; up as far as one byte is left. */
static void scroll_bytes(struct ui_window *window, long lines)
{
	uint64_t by = (uint64_t)labs(lines) * BYTES_PER_LINE;
	uint64_t oldest;
	uint64_t newest;
	uint64_t end;

	guest_at_hand(window->view->guest, &oldest, &newest);
	end = window->hex_end ? window->hex_end : newest;
	if (lines < 0)
		end += by;
	else
		end = end > oldest + 1 + by ? end - by : oldest + 1;
	window->hex_end = end < newest ? end : 0;
}

static bool act(struct ui *ui, struct ui_window *window, enum action action)
{
	int page = ui->rows - 4;

	switch (action) {
	case ACTION_BACK_PAGE_UP:
		scroll_bytes(window, page);
		break;
	case ACTION_BACK_PAGE_DOWN:
		scroll_bytes(window, -page);
		break;
	default:
		return false;
	}
	ui_touch(ui);
	return true;
}

static void draw_line(struct ui *ui, int row, int col, int width, uint64_t pos,
		      const unsigned char *bytes, size_t len)
{
	char text[BYTES_PER_LINE + 1] = "";
	char hex[BYTES_PER_LINE * 3 + 2] = "";
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		at += (size_t)sprintf(hex + at, i == 8 ? "  %02x" : " %02x", bytes[i]);
		text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	}
	ui_role(ui, UI_PLAIN);
	ui_print(ui, row, col, width, "%010" PRIx64 " %-49s  %s", pos, hex, text);
}

static void draw(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	struct guest *guest = window->view->guest;
	unsigned char buf[500 * BYTES_PER_LINE];
	int height = place->rows - 1 < 500 ? place->rows - 1 : 500;
	size_t size = (size_t)height * BYTES_PER_LINE;
	int gutter = ui_pan_gutter(window);
	int row = place->row + 1;
	int64_t before = 0;
	uint64_t oldest;
	uint64_t newest;
	uint64_t first;
	uint64_t end;
	uint64_t pos;
	size_t len;

	if (gutter > place->cols)
		gutter = place->cols;
	guest_at_hand(guest, &oldest, &newest);
	end = window->hex_end ? window->hex_end : newest;
	first = (end + BYTES_PER_LINE - 1) / BYTES_PER_LINE * BYTES_PER_LINE;
	first = first > size ? first - size : 0;
	pos = first;
	len = guest_peek(guest, &pos, buf, end - pos < size ? (size_t)(end - pos) : size);
	if (pos > first && len + BYTES_PER_LINE <= size) {
		ui_role(ui, UI_DIM);
		ui_print(ui, row++, place->col, place->cols, "older bytes are not kept here");
	}
	for (size_t at = 0; at < len; at += BYTES_PER_LINE, row++) {
		int64_t ns;

		if (gutter) {
			ns = guest->src ? when_printed(guest->src, pos + at) : 0;
			ui_time(ui, window->times, before, ns, row, place->col, gutter);
			before = ns;
		}
		draw_line(ui, row, place->col + gutter, place->cols - gutter, pos + at, buf + at,
			  len - at < BYTES_PER_LINE ? len - at : BYTES_PER_LINE);
	}
}

/* The cells of this view are not those of the guest's screen: it gets no clicks. */
static bool on_click(struct ui *ui, struct ui_window *window, const struct ui_click *click, int row,
		     int col)
{
	int lines = ui_wheel_lines(click);

	(void)ui;
	(void)row;
	(void)col;
	if (lines)
		scroll_bytes(window, lines);
	return true;
}

void ui_hex_toggle(struct ui *ui, enum action action)
{
	(void)action;
	if (!ui_need_view(ui))
		return;
	ui_focus(ui)->hex = !ui_focus(ui)->hex;
	ui_focus(ui)->hex_end = 0;
}

const struct ui_look ui_hex_look = {
	.shows = shows,
	.draw = draw,
	.act = act,
	.mouse = on_click,
};
