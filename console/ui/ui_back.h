/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking back in a window: scrolls through the lines that a guest has printed, with a
 * cursor, a search and a selection.
 */
#ifndef KPL011_UI_BACK_H
#define KPL011_UI_BACK_H

#include "ui/ui.h"

void ui_back_enter(struct ui *ui, struct ui_window *window);
void ui_back_act(struct ui *ui, struct ui_window *window, enum action action);
/* Asks for a pattern and searches for it upwards. */
void ui_back_ask(struct ui *ui);
/* Timer: continues an unfinished search. */
void ui_back_search_on(void *arg);
/* The wheel: scrolls @lines up, or down if negative. */
void ui_back_scroll(struct ui *ui, struct ui_window *window, int lines);

#endif /* KPL011_UI_BACK_H */
