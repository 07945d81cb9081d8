/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking back: the lines that a guest printed, with a cursor, a search and a
 * selection.
 */
#ifndef KPL011_UI_BACK_H
#define KPL011_UI_BACK_H

#include "ui/ui.h"

void ui_back_enter(struct ui *ui, struct ui_window *window);
void ui_back_leave(struct ui *ui, struct ui_window *window);
void ui_back_act(struct ui *ui, struct ui_window *window, enum action action);
/* Keeps the cursor inside of what there is, and in a window of so many rows and columns. */
void ui_back_clamp(struct ui_window *window, int rows, int cols);
/* Columns of the widest of so many lines at the top, at least those of the screen. */
int ui_back_width(const struct ui_window *window, int rows);
/* So many columns to the right, or left if negative. */
void ui_back_pan(struct ui_window *window, int cols);
bool ui_back_selected(const struct ui_window *window, long line, long col);
/* Asks for a pattern and looks for it upwards. */
void ui_back_ask(struct ui *ui);
/* A search that is not done goes on. */
void ui_back_search_on(void *arg);
/* The wheel: @lines up, or down if negative. */
void ui_back_scroll(struct ui *ui, struct ui_window *window, int lines);

#endif /* KPL011_UI_BACK_H */
