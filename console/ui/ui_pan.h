/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A window that is smaller than the guest's screen shows a part of it: the one with the
 * cursor, unless keys have chosen another.
 */
#ifndef KPL011_UI_PAN_H
#define KPL011_UI_PAN_H

#include "ui/ui.h"

/* Moves the window to the cursor; its part for the guest's screen has so many rows and columns. */
void ui_pan_follow(struct ui *ui, struct ui_window *window, int height, int width);
/* On which sides there is more of it: each of "<>^v" at most once. */
const char *ui_pan_more(const struct ui_window *window, const struct layout_place *place,
			char text[8]);
/* Columns left of the guest's screen, for times. */
int ui_pan_gutter(const struct ui_window *window);

#endif /* KPL011_UI_PAN_H */
