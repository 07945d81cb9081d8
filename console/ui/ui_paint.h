/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pieces of which all parts of the screen draw with curses: text, cells and boxes.
 */
#ifndef KPL011_UI_PAINT_H
#define KPL011_UI_PAINT_H

#include <curses.h>

#include "ui/ui.h"

/* What text is for, which determines its colours and attributes. */
enum ui_role {
	UI_PLAIN,
	UI_DIM,	     /* less important */
	UI_TITLE,    /* of a window */
	UI_FOCUS,    /* of the window that keys go to */
	UI_SELECTED, /* in the list */
	UI_BAD,
	UI_NEWS,
	UI_ALARM, /* not to be overlooked */
	UI_STATUS,
};

/* Sets the colours and attributes of what is drawn next. */
void ui_role(const struct ui *ui, enum ui_role role);

/*
 * Draws text in at most @width columns, and fills the rest of them with blanks if @fill. Control
 * characters are drawn as '.', and those that the terminal lacks as a stand-in. Returns how
 * many columns were written.
 */
int ui_text(const struct ui *ui, int row, int col, int width, bool fill, const char *text);
int ui_print(const struct ui *ui, int row, int col, int width, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Draws the time of a line left of it. @ns, @before: its time and that of the line above it. */
void ui_time(const struct ui *ui, enum times_shown shown, int64_t before, int64_t ns, int row,
	     int col, int width);

/* How many columns ui_text() needs for a text; and the end of it that fits in @width. */
int ui_columns(const char *text);
const char *ui_tail(const char *text, int width);

/* Draws a cell of a guest's screen; @flags: attributes of curses to toggle. */
void ui_cell(struct ui *ui, int row, int col, const struct vt_cell *cell, attr_t flags);

/*
 * Draws an empty box in the middle of the screen. *@rows and *@cols are the size wanted inside;
 * all four are set to the place inside that there is.
 */
void ui_box(const struct ui *ui, int *row, int *col, int *rows, int *cols, const char *title);

#endif /* KPL011_UI_PAINT_H */
