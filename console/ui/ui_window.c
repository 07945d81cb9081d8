// SPDX-License-Identifier: GPL-2.0-only
#include "ui/ui_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "source/source_port.h"
#include "ui/ui_broadcast.h"
#include "ui/ui_hex.h"
#include "ui/ui_lines.h"
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

/* A window without a guest says how to get one. */
static void draw_empty(struct ui *ui, const struct layout_place *place)
{
	int width = place->cols - 2;
	int row = place->row + 2;
	int col = place->col + 2;
	char prefix[KEY_NAME_SIZE];
	char first[KEY_NAME_SIZE];
	char second[KEY_NAME_SIZE];

	key_text(ui->keys.prefix, prefix);
	ui_role(ui, UI_PLAIN);
	if (fleet_count(ui->fleet)) {
		ui_print(ui, row, col, width, "Nothing is shown here.");
		ui_print(ui, row + 1, col, width, "%s %s, then %s: show a guest from the list",
			 prefix, keymap_key(&ui->keys, ACTION_LIST, first),
			 keymap_key(&ui->keys, ACTION_LIST_OPEN, second));
		return;
	}
	ui_role(ui, UI_NEWS);
	ui_print(ui, row++, col, width, "No guests yet. They appear here by themselves.");
	ui_role(ui, UI_PLAIN);
	row++;
	switch (fleet_ports_error(ui->fleet)) {
	case 0:
		ui_print(ui, row++, col, width, "No VM of yours has a port in %s.", port_dir());
		if (ui->watcher)
			ui_print(ui, row++, col, width, "  A VM that starts now gets one.");
		else
			ui_print(ui, row++, col, width,
				 "  kpl011 watch &     give every VM one, as it starts");
		ui_print(ui, row++, col, width,
			 "  kpl011 attach --take-over VM   give one to a running VM");
		if (fleet_hidden(ui->fleet))
			ui_print(ui, row++, col, width, "%zu belong to other users; root sees all.",
				 fleet_hidden(ui->fleet));
		break;
	case EACCES:
	case EPERM:
		ui_print(ui, row++, col, width, "You have no permission to read %s.", port_dir());
		break;
	default:
		ui_print(ui, row++, col, width,
			 "The kernel module kpl011 is not loaded here (no %s).", port_dir());
		ui_print(ui, row++, col, width, "  sudo modprobe kpl011");
		break;
	}
	row++;
	ui_print(ui, row++, col, width, "Sockets, terminals and files can be shown, too:");
	ui_print(ui, row++, col, width,
		 "  qemu-system-... -serial unix:/run/web1.sock,server,nowait");
	ui_print(ui, row++, col, width, "  kpl011 unix:/run/web1.sock");
	ui_print(ui, row++, col, width, "  kpl011 screen --find   finds running VMs with sockets");
	row++;
	ui_print(ui, row++, col, width, "%s %s leaves, %s %s shows the help", prefix,
		 keymap_key(&ui->keys, ACTION_QUIT, first), prefix,
		 keymap_key(&ui->keys, ACTION_HELP, second));
}

static void draw_away(struct ui *ui, const struct view *view, const struct layout_place *place)
{
	const struct guest *guest = view->guest;
	char why[ORIGIN_WHY_SIZE];
	char key[ORIGIN_KEY_SIZE];

	ui_role(ui, UI_PLAIN);
	ui_print(ui, place->row + 2, place->col + 2, place->cols - 2,
		 "cannot open %s:", origin_key(&guest->origin, key));
	ui_print(ui, place->row + 3, place->col + 2, place->cols - 2, "%s",
		 origin_why(&guest->origin, guest->err, why));
	if (guest->err != ORIGIN_NOT_ITS)
		ui_print(ui, place->row + 4, place->col + 2, place->cols - 2,
			 "kpl011 tries again each second.");
}

/* Draws when a line was printed, left of the line. */
static void draw_time(struct ui *ui, const struct ui_window *window, long line, int row, int col,
		      int width)
{
	const struct times *times = window->view->times;
	char text[TIMES_TEXT_SIZE];

	if (window->times == TIMES_SINCE)
		times_since(times_get(times, line - 1), times_get(times, line), text);
	else
		times_text(times_get(times, line), text);
	ui_role(ui, UI_DIM);
	ui_text(ui, row, col, width, false, text);
}

static void draw_row(struct ui *ui, const struct ui_window *window, long line, int row, int col,
		     int width, int first_col)
{
	static struct vt_cell cells[VT_COLS_MAX];
	const struct view *view = window->view;
	long at = line - (long)vt_scrolled(view->vt);
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	if (window->back.on)
		cols = vt_row_width(view->vt, at);
	if (!(window->back.on ? vt_row_whole(view->vt, at, cells) : vt_row(view->vt, at, cells)))
		return;
	/* curses adds the attributes that are set to each cell. */
	ui_role(ui, UI_PLAIN);
	for (int j = 0; j < width && first_col + j < cols; j++) {
		const struct vt_cell *cell = &cells[first_col + j];

		/* Half of a wide character, at either edge, is left blank. */
		if (!cell->width || (cell->width == 2 && j + 1 == width))
			continue;
		ui_cell(ui, row, col + j, cell,
			ui_back_selected(window, line, first_col + j) ? A_REVERSE : 0);
	}
}

static void draw_screen(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	struct view *view = window->view;
	int gutter = ui_pan_gutter(window);
	int height = place->rows - 1;
	int width = place->cols - gutter;
	long scrolled = (long)vt_scrolled(view->vt);
	struct vt_cursor cursor;
	int first_col = window->col;
	long line = scrolled + window->row;
	int rows;
	int cols;

	vt_size(view->vt, &rows, &cols);
	vt_cursor(view->vt, &cursor);
	if (window->back.on) {
		ui_back_clamp(window, height, width < 1 ? 1 : width);
		line = window->back.top;
		cursor.row = (int)(window->back.line - line);
		cursor.col = (int)window->back.col;
		cursor.visible = true;
		first_col = window->back.first;
	} else {
		cursor.row -= window->row;
	}
	/* While looking back, rows that a smaller screen hides are shown, too. */
	if (window->back.on)
		rows += vt_hidden(view->vt);
	for (int i = 0; i < height && line + i < scrolled + rows; i++) {
		int row = place->row + 1 + i;

		if (gutter)
			draw_time(ui, window, line + i, row, place->col,
				  place->cols < gutter ? place->cols : gutter);
		draw_row(ui, window, line + i, row, place->col + gutter, width, first_col);
	}
	if (!place->focused || ui->list.focused)
		return;
	if (cursor.row < 0 || cursor.row >= height || cursor.col < first_col ||
	    cursor.col - first_col >= width)
		return;
	wmove(stdscr, place->row + 1 + cursor.row, place->col + gutter + cursor.col - first_col);
	curs_set(cursor.visible ? 1 : 0);
}

void ui_window_draw(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	if (window->view)
		ui_pan_follow(ui, window, place->rows - 1, place->cols - ui_pan_gutter(window));
	draw_title(ui, window, place);
	if (!window->view)
		draw_empty(ui, place);
	else if (guest_never_came(window->view->guest))
		draw_away(ui, window->view, place);
	else if (window->hex)
		ui_hex_draw(ui, window, place);
	else
		draw_screen(ui, window, place);
}

static void pan(struct ui *ui, struct ui_window *window, enum action action)
{
	struct layout_place places[LAYOUT_WINDOWS_MAX];
	size_t n = ui_places(ui, places);

	for (size_t i = 0; i < n; i++) {
		int rows = places[i].rows * 3 / 4;
		int cols = places[i].cols * 3 / 4;

		if (&ui->windows[places[i].window] != window)
			continue;
		rows = rows < 1 ? 1 : rows;
		cols = cols < 1 ? 1 : cols;
		if (window->back.on) {
			if (action == ACTION_VIEW_LEFT || action == ACTION_VIEW_RIGHT)
				ui_back_pan(window, action == ACTION_VIEW_LEFT ? -cols : cols);
			continue;
		}
		window->panned = true;
		window->row += action == ACTION_VIEW_UP	    ? -rows
			       : action == ACTION_VIEW_DOWN ? rows
							    : 0;
		window->col += action == ACTION_VIEW_LEFT    ? -cols
			       : action == ACTION_VIEW_RIGHT ? cols
							     : 0;
	}
}

void ui_window_act(struct ui *ui, enum action action)
{
	struct ui_window *window = ui_focus(ui);

	if (!ui_need_view(ui))
		return;
	if (action == ACTION_TIMES)
		window->times = (window->times + 1) % TIMES_KINDS;
	else
		pan(ui, window, action);
}
