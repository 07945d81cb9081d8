/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking back in a window: scrolls through the lines that a guest has printed, with a
 * cursor, a search and a selection.
 */
#ifndef KPL011_BACK_H
#define KPL011_BACK_H

#include "ui/ui_part.h"

/* The wheel, in any window that shows a guest. */
extern const struct ui_look ui_back_look;

/* ACTION_SCROLL, and ACTION_SEARCH, which first asks for a pattern. */
void ui_back_begin(struct ui *ui, enum action action);
/* From ACTION_BACK_UP to ACTION_BACK_LEAVE: while the window with the focus looks back. */
void ui_back_act(struct ui *ui, enum action action);
/* Timer: continues an unfinished search. */
void ui_back_search_on(void *arg);

#endif /* KPL011_BACK_H */
