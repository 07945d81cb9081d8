// SPDX-License-Identifier: GPL-2.0-only
#include "parts/help.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/ui_ask.h"
#include "ui/ui_paint.h"
#include "ui/ui_touch.h"

/* Columns for the keys, and of the whole text. */
#define KEYS_WIDTH 22
#define WIDTH 76

/* Line @number of the help. Returns 1: a heading, 0: an action or blank, -1: after the end. */
static int line(struct ui *ui, int number, char text[128])
{
	static const char *const headings[] = {
		[KEYMAP_PREFIX] = "anywhere, after",
		[KEYMAP_LIST] = "in the list of guests",
		[KEYMAP_SCROLL] = "while looking back",
	};
	char prefix[KEY_NAME_SIZE];
	char keys[64];
	int at = 0;

	key_text(ui->keys.prefix, prefix);
	for (int place = 0; place < KEYMAP_PLACES; place++) {
		if (at++ == number) {
			snprintf(text, 128, "%s %s", headings[place],
				 place == KEYMAP_PREFIX ? prefix : "");
			return 1;
		}
		if (place == KEYMAP_PREFIX && at++ == number) {
			snprintf(text, 128, "  %-*s send it to the guest", KEYS_WIDTH, prefix);
			return 0;
		}
		for (int i = ACTION_NONE + 1; i < ACTIONS; i++) {
			if ((int)keymap_place((enum action)i) != place)
				continue;
			if (at++ != number)
				continue;
			keymap_keys(&ui->keys, (enum action)i, keys, sizeof(keys));
			snprintf(text, 128, "  %-*s %s", KEYS_WIDTH, keys[0] ? keys : "-",
				 keymap_help((enum action)i));
			return 0;
		}
		if (at++ == number) {
			text[0] = '\0';
			return 0;
		}
	}
	return -1;
}

static void draw(struct ui *ui)
{
	int rows = ui->rows - 4;
	int cols = WIDTH;
	char down[KEY_NAME_SIZE];
	char up[KEY_NAME_SIZE];
	char leave[KEY_NAME_SIZE];
	char text[128];
	int row;
	int col;

	snprintf(text, sizeof(text), "keys: %s, %s; %s leaves the help",
		 keymap_key(&ui->keys, ACTION_BACK_PAGE_DOWN, down),
		 keymap_key(&ui->keys, ACTION_BACK_PAGE_UP, up),
		 keymap_key(&ui->keys, ACTION_BACK_LEAVE, leave));
	ui_box(ui, &row, &col, &rows, &cols, text);
	/* Do not scroll beyond the end. */
	while (ui->help_top > 0 && line(ui, ui->help_top + rows - 1, text) < 0)
		ui->help_top--;
	for (int i = 0; i < rows; i++) {
		int kind = line(ui, ui->help_top + i, text);

		if (kind < 0)
			break;
		ui_role(ui, kind ? UI_NEWS : UI_PLAIN);
		ui_text(ui, row + i, col, cols, false, text);
	}
}

static void on_key(struct ui *ui, uint32_t key)
{
	int page = ui->rows - 7;

	switch (keymap_find(&ui->keys, KEYMAP_SCROLL, key)) {
	case ACTION_BACK_UP:
		ui->help_top--;
		break;
	case ACTION_BACK_DOWN:
		ui->help_top++;
		break;
	case ACTION_BACK_PAGE_UP:
		ui->help_top -= page;
		break;
	case ACTION_BACK_PAGE_DOWN:
		ui->help_top += page;
		break;
	case ACTION_BACK_TOP:
		ui->help_top = 0;
		break;
	case ACTION_BACK_BOTTOM:
		ui->help_top = 10000;
		break;
	default:
		ui_close(ui);
		break;
	}
	if (ui->help_top < 0)
		ui->help_top = 0;
	ui_touch(ui);
}

static void on_enter(struct ui *ui)
{
	ui->help_top = 0;
}

const struct ui_part ui_help_part = {
	.draw = draw,
	.enter = on_enter,
	.key = on_key,
};
