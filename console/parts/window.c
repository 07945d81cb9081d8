// SPDX-License-Identifier: GPL-2.0-only
#include "parts/window.h"

#include "base/human.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_input.h"
#include "ui/ui_paint.h"
#include "ui/ui_pan.h"
#include "ui/ui_windows.h"

static void draw_title(struct ui *ui, const struct ui_window *window,
		       const struct layout_place *place)
{
	const struct view *view = window->view;
	bool focused = place->focused && !ui->list.focused;
	char skipped[HUMAN_SIZE];
	char more[8];
	int col = place->col;
	int end = place->col + place->cols;
	int rows;
	int cols;

	ui_role(ui, focused ? UI_FOCUS : UI_TITLE);
	ui_text(ui, place->row, col, place->cols, true, "");
	if (!view) {
		ui_print(ui, place->row, col, place->cols, " %s",
			 window->wanted[0] ? guest_key_name(window->wanted) : "no guest");
		return;
	}
	vt_size(view->vt, &rows, &cols);
	col += ui_print(ui, place->row, col, end - col, " %s", view->guest->origin.name);
	if (view->guest->state != GUEST_LIVE) {
		ui_role(ui, UI_ALARM);
		col += ui_print(ui, place->row, col + 1, end - col - 1, " %s ",
				guest_state_name(view->guest)) +
		       1;
		ui_role(ui, focused ? UI_FOCUS : UI_TITLE);
	}
	if (ui_broadcasts(ui, view)) {
		ui_role(ui, UI_ALARM);
		col += ui_print(ui, place->row, col + 1, end - col - 1, " BROADCAST ") + 1;
		ui_role(ui, focused ? UI_FOCUS : UI_TITLE);
	} else if (view->guest->marked) {
		col += ui_print(ui, place->row, col, end - col, " +marked");
	}
	col += ui_print(ui, place->row, col, end - col, "  %dx%d%s", cols, rows,
			ui_pan_more(window, place, more));
	if (view->guest->terminal.encoding != ENCODING_UTF8)
		col += ui_print(ui, place->row, col, end - col, "  %s",
				encoding_name(view->guest->terminal.encoding));
	if (view->spy)
		col += ui_print(ui, place->row, col, end - col, "  only watching");
	if (view->input.other)
		col += ui_print(ui, place->row, col, end - col, "  input: %.15s", view->input.who);
	if (view->skipped)
		col += ui_print(ui, place->row, col, end - col, "  skipped %s",
				human_bytes(view->skipped, skipped));
	if (window->back.on)
		col += ui_print(ui, place->row, col, end - col, "  looking back");
	if (layout_zoomed(ui->layout))
		col += ui_print(ui, place->row, col, end - col, "  zoomed");
	if (vt_title(view->vt)[0])
		ui_print(ui, place->row, col, end - col, "  %s", vt_title(view->vt));
}

static void draw_window(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	const struct ui_look *const *look = ui->looks;

	if (window->view)
		ui_pan_follow(ui, window, place->rows - 1, place->cols - ui_pan_gutter(window));
	draw_title(ui, window, place);
	while (*look && !(*look)->shows(window))
		look++;
	if (*look)
		(*look)->draw(ui, window, place);
}

static void borders(struct ui *ui, const struct layout_place *places, size_t n)
{
	ui_role(ui, UI_DIM);
	for (size_t i = 0; i < n; i++)
		if (places[i].col > ui_list_width(ui))
			mvvline(places[i].row, places[i].col - 1, ACS_VLINE, places[i].rows);
}

static void draw(struct ui *ui)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	borders(ui, places, n);
	for (size_t i = 0; i < n; i++) {
		if (places[i].focused)
			continue;
		draw_window(ui, &ui->windows[places[i].window], &places[i]);
	}
	/* The focused window comes last, since it places the cursor. */
	for (size_t i = 0; i < n; i++)
		if (places[i].focused)
			draw_window(ui, &ui->windows[places[i].window], &places[i]);
}

static void in_window(struct ui *ui, const struct layout_place *place, const struct ui_click *click,
		      int row, int col)
{
	struct ui_window *window = &ui->windows[place->window];

	if (click->pressed && !ui_wheel_lines(click) && (!place->focused || ui->list.focused)) {
		ui->list.focused = false;
		layout_set_focus(ui->layout, place->window);
		return;
	}
	if (row < 1)
		return;
	for (const struct ui_look *const *look = ui->looks; *look; look++)
		if ((*look)->mouse && (*look)->shows(window) &&
		    (*look)->mouse(ui, window, click, row, col))
			return;
}

static void on_click(struct ui *ui, const struct ui_click *click)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	for (size_t i = 0; i < n; i++) {
		const struct layout_place *place = &places[i];

		if (click->row >= place->row && click->row < place->row + place->rows &&
		    click->col >= place->col && click->col < place->col + place->cols)
			in_window(ui, place, click, click->row - place->row,
				  click->col - place->col);
	}
}

const struct ui_part ui_windows_part = {
	.draw = draw,
	.mouse = on_click,
};
