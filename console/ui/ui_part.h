/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the screen is made of, for those who draw it and pass keys on. Each part is a constant of a
 * file of its own; no part knows another.
 */
#ifndef KPL011_UI_PART_H
#define KPL011_UI_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/keymap.h"

struct layout_place;
struct ui;
struct ui_click;
struct ui_window;

enum ui_which {
	UI_PART_NONE,
	/* What can lie over the screen, and has all keys then. */
	UI_PART_PROMPT,
	UI_PART_HELP,
	UI_PART_SYSRQ,
	/* What is always there, as long as there is room for it. */
	UI_PART_LIST,
	UI_PART_TABS,
	UI_PART_WINDOWS,
	UI_PART_STATUS,
	UI_PARTS,
};

struct ui_part {
	void (*draw)(struct ui *ui);
	/* Of what is always there; NULL: a click means nothing. */
	void (*mouse)(struct ui *ui, const struct ui_click *click);
	/* Optional: it is opened. */
	void (*enter)(struct ui *ui);
	/* Of what can lie over the screen. */
	void (*key)(struct ui *ui, uint32_t key);
	/* Optional: a key that has no key code was typed; that it means nothing was told. */
	void (*lost)(struct ui *ui);
	/* Optional: a key of a paste. Without this, pastes are dropped. */
	void (*pasted)(struct ui *ui, uint32_t key);
};

/*
 * What a window shows below its title. Of the table the first that shows() is drawn; a key or a
 * click is for the first that shows() and takes it.
 */
struct ui_look {
	bool (*shows)(const struct ui_window *window);
	void (*draw)(struct ui *ui, struct ui_window *window, const struct layout_place *place);
	/* Optional: an action of looking back. False: it is not taken. */
	bool (*act)(struct ui *ui, struct ui_window *window, enum action action);
	/* Optional: a click at a row, from 1 on, and a column of the window. False: not taken. */
	bool (*mouse)(struct ui *ui, struct ui_window *window, const struct ui_click *click,
		      int row, int col);
};

/* Carries out an action. */
typedef void ui_act_cb(struct ui *ui, enum action action);

#endif /* KPL011_UI_PART_H */
