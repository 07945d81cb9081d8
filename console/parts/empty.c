// SPDX-License-Identifier: GPL-2.0-only
#include "parts/empty.h"

#include <errno.h>
#include <string.h>

#include "source/source_port.h"
#include "ui/ui_paint.h"

static bool is_empty(const struct ui_window *window)
{
	return !window->view;
}

/* A window without a guest says how to get one. */
static void draw_empty(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	int err = fleet_ports_error(ui->fleet);
	int width = place->cols - 2;
	int row = place->row + 2;
	int col = place->col + 2;
	char prefix[KEY_NAME_SIZE];
	char first[KEY_NAME_SIZE];
	char second[KEY_NAME_SIZE];

	(void)window;
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
	switch (err) {
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
	case ENOENT:
	case ENOTDIR:
		ui_print(ui, row++, col, width,
			 "The kernel module kpl011 is not loaded here (no %s).", port_dir());
		ui_print(ui, row++, col, width, "  sudo modprobe kpl011");
		break;
	default:
		ui_print(ui, row++, col, width, "Cannot read %s:", port_dir());
		ui_print(ui, row++, col, width, "  %s", strerror(err));
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

const struct ui_look ui_empty_look = {
	.shows = is_empty,
	.draw = draw_empty,
};

static bool is_away(const struct ui_window *window)
{
	return window->view && guest_never_came(window->view->guest);
}

static void draw_away(struct ui *ui, struct ui_window *window, const struct layout_place *place)
{
	const struct guest *guest = window->view->guest;
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

const struct ui_look ui_away_look = {
	.shows = is_away,
	.draw = draw_away,
};
