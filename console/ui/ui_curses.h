/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the drawing parts of the full-screen console share of curses.
 */
#ifndef KPL011_UI_CURSES_H
#define KPL011_UI_CURSES_H

#include <curses.h>
#include <locale.h>
#include <signal.h>

#include "base/status.h"
#include "ui/ui.h"

/* Roles, which colours and attributes follow. */
enum ui_role {
	UI_PLAIN,
	UI_DIM,	     /* what matters less */
	UI_TITLE,    /* of a window */
	UI_FOCUS,    /* of the window that keys go to */
	UI_SELECTED, /* in the list */
	UI_GOOD,
	UI_BAD,
	UI_NEWS,
	UI_ALARM, /* not to be overlooked */
	UI_STATUS,
};

/* Sets how the next text is drawn. */
void ui_role(const struct ui *ui, enum ui_role role);

/*
 * Text of @width columns at most, the rest of which is filled with blanks if
 * @fill. Control characters are shown as '.', and what the terminal does not have as what
 * stands in for it. Returns the columns written.
 */
int ui_text(const struct ui *ui, int row, int col, int width, bool fill, const char *text);
int ui_print(const struct ui *ui, int row, int col, int width, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Columns that ui_text() needs for all of it; and the end of it that has @width at most. */
int ui_columns(const char *text);
const char *ui_tail(const char *text, int width);

/* A cell of a guest's screen; @flags: attributes of curses besides. */
void ui_cell(struct ui *ui, int row, int col, const struct vt_cell *cell, attr_t flags);

/* A box in the middle of the screen, emptied. Its inner place. */
void ui_box(const struct ui *ui, int *row, int *col, int *rows, int *cols, const char *title);

/* What the mouse did. */
struct ui_click {
	int button; /* 1 to 3; 4 and 5 the wheel; 0: it moved */
	bool pressed;
	int row, col;
	unsigned int mods;
};

void ui_mouse(struct ui *ui, const struct ui_click *click);

/* ui_input.c: keys, in the locale of the terminal. False: no memory. */
bool ui_input_open(struct ui *ui, locale_t locale);
void ui_input_close(struct ui *ui);

#endif /* KPL011_UI_CURSES_H */
