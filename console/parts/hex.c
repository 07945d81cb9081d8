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

/* Scrolls @lines up, or down if negative. */
static void scroll_bytes(struct ui_window *window, long lines)
{
	const struct guest *guest = window->view->guest;
	uint64_t end = window->hex_end ? window->hex_end : guest->newest;
	uint64_t by = (uint64_t)labs(lines) * BYTES_PER_LINE;

	if (lines > 0)
		end -= end > by ? by : end;
	else
		end += by;
	window->hex_end = end >= guest->newest ? 0 : end;
	if (!window->hex_end && end < guest->newest)
		window->hex_end = 1;
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
	uint64_t end = window->hex_end ? window->hex_end : guest->newest;
	uint64_t pos = (end + BYTES_PER_LINE - 1) / BYTES_PER_LINE * BYTES_PER_LINE;
	size_t size = (size_t)height * BYTES_PER_LINE;
	int gutter = ui_pan_gutter(window);
	int64_t before = 0;
	size_t len;

	if (gutter > place->cols)
		gutter = place->cols;
	pos = pos > size ? pos - size : 0;
	len = guest_peek(guest, &pos, buf, end - pos < size ? (size_t)(end - pos) : size);
	for (int i = 0; i < height; i++) {
		size_t at = (size_t)i * BYTES_PER_LINE;
		int64_t ns;

		if (at >= len)
			break;
		if (gutter) {
			ns = guest->src ? when_printed(guest->src, pos + at) : 0;
			ui_time(ui, window->times, before, ns, place->row + 1 + i, place->col,
				gutter);
			before = ns;
		}
		draw_line(ui, place->row + 1 + i, place->col + gutter, place->cols - gutter,
			  pos + at, buf + at,
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
