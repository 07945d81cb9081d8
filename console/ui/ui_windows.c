// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_windows.h"

#include "base/within.h"
#include "ui/config.h"
#include "ui/ui_touch.h"

/* Columns of the narrow list, without its border. */
#define LIST_WIDTH 28

/* A terminal with fewer columns shows no list beside the windows. */
#define LIST_COLS_MIN 70

struct terminal *ui_terminal(struct ui *ui, struct guest *guest)
{
	if (!guest->has_terminal)
		terminals_find(ui->config->terminals, guest->origin.name, &guest->terminal);
	guest->has_terminal = true;
	return &guest->terminal;
}

static void view_changed(struct view *view, void *arg)
{
	if (view->echoes)
		ui_touch_now(arg);
	else
		ui_touch(arg);
	view->echoes = false;
}

static void view_said(struct view *view, const char *text, void *arg)
{
	(void)view;
	ui_say(arg, "%s", text);
}

static const struct view_ops view_ops = {
	.changed = view_changed,
	.say = view_said,
};

/* @fit: the size of the guest's screen if its setting is `fit`. */
static struct view *get_view(struct ui *ui, struct guest *guest, const struct terminal *fit)
{
	struct terminal terminal = *ui_terminal(ui, guest);
	struct view *view;

	if (terminal.fit) {
		terminal.rows = fit->rows;
		terminal.cols = fit->cols;
	}
	view = view_get(guest, &terminal, ui->config->scrollback, &view_ops, ui);
	if (view) {
		view->release_ms = ui->config->release_ms;
		view->take_key = *ui->take_key ? ui->take_key : NULL;
	} else {
		ui_say(ui, "%s cannot be shown: out of memory", guest->origin.name);
	}
	return view;
}

/* No window shows the guest: a size of `fit` is the default size. */
struct view *ui_view(struct ui *ui, struct guest *guest)
{
	return get_view(ui, guest,
			&(struct terminal){ .rows = TERMINAL_ROWS, .cols = TERMINAL_COLS });
}

struct ui_window *ui_focus(struct ui *ui)
{
	return &ui->windows[layout_focus(ui->layout)];
}

struct view *ui_need_view(struct ui *ui)
{
	struct view *view = ui_focus(ui)->view;

	if (!view)
		ui_say(ui, "no guest in this window");
	return view;
}

int ui_list_width(const struct ui *ui)
{
	if (ui->list.hidden || (ui->cols < LIST_COLS_MIN && !ui->list.focused))
		return 0;
	if (ui->list.details && ui->list.focused)
		return ui->cols;
	return ui->cols < LIST_COLS_MIN ? ui->cols : LIST_WIDTH + 1;
}

size_t ui_places(const struct ui *ui, struct layout_place *places)
{
	int left = ui_list_width(ui);
	int top = layout_tab_count(ui->layout) > 1;
	size_t n;

	n = layout_places(ui->layout, ui->rows - 1 - top, ui->cols - left, places);
	for (size_t i = 0; i < n; i++) {
		places[i].row += top;
		places[i].col += left;
	}
	return n;
}

/* The size that the guest's screen would have in this window. */
static void window_size(const struct ui *ui, const struct ui_window *window, struct terminal *size)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	*size = (struct terminal){ .rows = TERMINAL_ROWS, .cols = TERMINAL_COLS };
	for (size_t i = 0; i < n; i++) {
		if (&ui->windows[places[i].window] != window)
			continue;
		size->rows = within(places[i].rows - 1, VT_ROWS_MIN, VT_ROWS_MAX);
		size->cols = within(places[i].cols, VT_COLS_MIN, VT_COLS_MAX);
	}
}

void ui_show(struct ui *ui, struct ui_window *window, struct guest *guest)
{
	struct view *old = window->view;
	struct terminal fit;

	ui_touch(ui);
	if (old && old->guest == guest)
		return;
	*window = (struct ui_window){ 0 };
	if (guest) {
		guest_key(guest, window->wanted);
		window_size(ui, window, &fit);
		window->view = get_view(ui, guest, &fit);
	}
	/* A new view may get the address of this one. */
	if (ui->searched == old)
		ui->searched = NULL;
	view_put(old);
	ui->list.stale = true;
}

void ui_fit(struct ui *ui)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	for (size_t i = 0; i < n; i++) {
		struct ui_window *window = &ui->windows[places[i].window];
		struct terminal wanted;
		int rows;
		int cols;

		/* If several windows show the guest, the focused one decides. */
		if (!window->view || !ui_terminal(ui, window->view->guest)->fit ||
		    (window->view->users > 1 && !places[i].focused &&
		     window->view == ui_focus(ui)->view))
			continue;
		window_size(ui, window, &wanted);
		vt_size(window->view->vt, &rows, &cols);
		if (rows != wanted.rows || cols != wanted.cols)
			vt_resize(window->view->vt, wanted.rows, wanted.cols);
	}
}
