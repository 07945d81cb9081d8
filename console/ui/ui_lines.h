/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of a guest's lines a window shows while it looks back, where its cursor is, and what is
 * selected. Lines are numbered from the first one ever printed.
 */
#ifndef KPL011_UI_LINES_H
#define KPL011_UI_LINES_H

#include "ui/ui.h"

/* The first line that is kept, and the last one of the screen. */
long ui_back_oldest(const struct view *view);
long ui_back_newest(const struct view *view);
/* The width of the widest of the @rows lines in the window, at least that of the screen. */
int ui_back_width(const struct ui_window *window, int rows);
/* Moves @cols columns to the right, or left if negative. */
void ui_back_pan(struct ui_window *window, int cols);
/* Keeps the cursor within the lines, and in the window, which has so many rows and columns. */
void ui_back_clamp(struct ui_window *window, int rows, int cols);
/* Whether a cell is selected or part of a match. */
bool ui_back_selected(const struct ui_window *window, long line, long col);
void ui_back_leave(struct ui *ui, struct ui_window *window);

#endif /* KPL011_UI_LINES_H */
