// SPDX-License-Identifier: GPL-2.0-only
/* What clicks and the wheel do: in the list, in a window, and at a guest that uses the mouse. */
#include <stdlib.h>

#include "ui/ui_back.h"
#include "ui/ui_hex.h"
#include "ui/ui_input.h"
#include "ui/ui_touch.h"
#include "ui/ui_windows.h"

#define WHEEL_LINES 3

static void to_guest(struct view *view, const struct ui_click *click, int row, int col,
		     unsigned int mods)
{
	if (!view_may_type(view))
		return;
	vt_mouse_event(view->vt, row, col, click->button, click->pressed, mods);
	view_flush(view);
}

static void in_window(struct ui *ui, const struct layout_place *place, const struct ui_click *click,
		      int row, int col, unsigned int mods)
{
	struct ui_window *window = &ui->windows[place->window];
	bool wheel = click->button == 4 || click->button == 5;

	if (click->pressed && !wheel && (!place->focused || ui->list.focused)) {
		ui->list.focused = false;
		layout_set_focus(ui->layout, place->window);
		return;
	}
	if (!window->view || row < 1)
		return;
	/* The cells of this view are not those of the guest's screen. */
	if (window->hex) {
		if (wheel && click->pressed)
			ui_hex_scroll(window, click->button == 4 ? WHEEL_LINES : -WHEEL_LINES);
		return;
	}
	if (!window->back.on && !window->times && vt_mouse(window->view->vt) != VT_MOUSE_NONE) {
		to_guest(window->view, click, window->row + row - 1, window->col + col, mods);
		return;
	}
	if (wheel && click->pressed)
		ui_back_scroll(ui, window, click->button == 4 ? WHEEL_LINES : -WHEEL_LINES);
}

void ui_mouse(struct ui *ui, const struct ui_click *click)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n;

	/* Clicks amid a paste or on an overlay mean nothing. */
	if (ui->paste.on || ui->overlay != UI_PART_NONE)
		return;
	ui_touch(ui);
	if (click->col < ui_list_width(ui)) {
		ui->parts[UI_PART_LIST]->mouse(ui, click);
		return;
	}
	n = ui_places(ui, places);
	for (size_t i = 0; i < n; i++) {
		const struct layout_place *place = &places[i];

		if (click->row >= place->row && click->row < place->row + place->rows &&
		    click->col >= place->col && click->col < place->col + place->cols)
			in_window(ui, place, click, click->row - place->row,
				  click->col - place->col, click->mods);
	}
}
