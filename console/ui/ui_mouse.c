// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "ui/ui_back.h"
#include "ui/ui_curses.h"

#define WHEEL_LINES 3

struct click {
	int button; /* 1 to 3; 4 and 5 the wheel; 0: it moved */
	bool pressed;
	bool released; /* both: a click */
};

static struct click read_click(mmask_t state)
{
	static const struct {
		mmask_t pressed, released, clicked;
		int button;
	} buttons[] = {
		{ BUTTON1_PRESSED, BUTTON1_RELEASED, BUTTON1_CLICKED, 1 },
		{ BUTTON2_PRESSED, BUTTON2_RELEASED, BUTTON2_CLICKED, 2 },
		{ BUTTON3_PRESSED, BUTTON3_RELEASED, BUTTON3_CLICKED, 3 },
		{ BUTTON4_PRESSED, BUTTON4_RELEASED, BUTTON4_CLICKED, 4 },
		{ BUTTON5_PRESSED, BUTTON5_RELEASED, BUTTON5_CLICKED, 5 },
	};

	for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++) {
		bool clicked = state & buttons[i].clicked;

		if (state & (buttons[i].pressed | buttons[i].released | buttons[i].clicked))
			return (struct click){
				.button = buttons[i].button,
				.pressed = clicked || state & buttons[i].pressed,
				.released = clicked || state & buttons[i].released,
			};
	}
	return (struct click){ 0 };
}

static void in_list(struct ui *ui, const struct click *click, int row)
{
	struct ui_list *list = &ui->list;
	size_t at = list->top + (size_t)row - 1 - (list->details && list->focused);

	if (click->button == 4 || click->button == 5) {
		ui_list_act(ui, click->button == 4 ? ACTION_LIST_UP : ACTION_LIST_DOWN);
		return;
	}
	if (list->stale)
		ui_list_rebuild(ui);
	if (click->button != 1 || !click->pressed || row < 1 || at >= list->row_count)
		return;
	list->heading[0] = '\0';
	if (list->rows[at].guest)
		list->selected = list->rows[at].guest;
	else
		ui_rows_heading(list, list->rows[at].first, list->heading);
	ui_list_act(ui, ACTION_LIST_OPEN);
}

static void to_guest(struct view *view, const struct click *click, int row, int col,
		     unsigned int mods)
{
	if (!view_may_type(view))
		return;
	vt_mouse_event(view->vt, row, col, click->button, click->pressed, mods);
	if (click->pressed && click->released && click->button <= 3)
		vt_mouse_event(view->vt, row, col, click->button, false, mods);
	view_flush(view);
}

static void in_window(struct ui *ui, const struct layout_place *place, const struct click *click,
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
	if (!window->back.on && !window->times && vt_mouse(window->view->vt) != VT_MOUSE_NONE) {
		to_guest(window->view, click, window->row + row - 1, window->col + col, mods);
		return;
	}
	if (wheel && click->pressed)
		ui_back_scroll(ui, window, click->button == 4 ? WHEEL_LINES : -WHEEL_LINES);
}

void ui_mouse(struct ui *ui)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	unsigned int mods = 0;
	struct click click;
	MEVENT event;
	size_t n;

	/* Who clicks into a paste means nothing by it. */
	if (getmouse(&event) != OK || ui->paste.on)
		return;
	ui_touch(ui);
	click = read_click(event.bstate);
	mods |= event.bstate & BUTTON_SHIFT ? VT_SHIFT : 0;
	mods |= event.bstate & BUTTON_CTRL ? VT_CTRL : 0;
	mods |= event.bstate & BUTTON_ALT ? VT_ALT : 0;
	if (ui->overlay != UI_OVERLAY_NONE)
		return;
	if (event.x < ui_list_width(ui)) {
		in_list(ui, &click, event.y);
		return;
	}
	n = ui_places(ui, places);
	for (size_t i = 0; i < n; i++) {
		const struct layout_place *place = &places[i];

		if (event.y >= place->row && event.y < place->row + place->rows &&
		    event.x >= place->col && event.x < place->col + place->cols)
			in_window(ui, place, &click, event.y - place->row, event.x - place->col,
				  mods);
	}
}
