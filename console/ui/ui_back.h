/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking back in a window: scrolls through the lines that a guest has printed, with a
 * cursor, a search and a selection.
 */
#ifndef KPL011_UI_BACK_H
#define KPL011_UI_BACK_H

#include "ui/ui.h"

void ui_back_enter(struct ui *ui, struct ui_window *window);
void ui_back_leave(struct ui *ui, struct ui_window *window);
void ui_back_act(struct ui *ui, struct ui_window *window, enum action action);
/* Keeps the cursor within the lines, and in the window, which has so many rows and columns. */
void ui_back_clamp(struct ui_window *window, int rows, int cols);
/* The width of the widest of the @rows lines in the window, at least that of the screen. */
int ui_back_width(const struct ui_window *window, int rows);
/* Moves @cols columns to the right, or left if negative. */
void ui_back_pan(struct ui_window *window, int cols);
/* Whether a cell is selected or part of a match. */
bool ui_back_selected(const struct ui_window *window, long line, long col);
/* Asks for a pattern and searches for it upwards. */
void ui_back_ask(struct ui *ui);
/* Timer: continues an unfinished search. */
void ui_back_search_on(void *arg);
/* The wheel: scrolls @lines up, or down if negative. */
void ui_back_scroll(struct ui *ui, struct ui_window *window, int lines);

#endif /* KPL011_UI_BACK_H */
