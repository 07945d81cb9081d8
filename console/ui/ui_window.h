/* SPDX-License-Identifier: GPL-2.0-only */
/* A window: its title, and the guest's screen or why there is none. */
#ifndef KPL011_UI_WINDOW_H
#define KPL011_UI_WINDOW_H

#include "ui/ui.h"

void ui_window_draw(struct ui *ui, struct ui_window *window, const struct layout_place *place);

/* From ACTION_VIEW_LEFT to ACTION_VIEW_DOWN, and ACTION_TIMES. */
void ui_window_act(struct ui *ui, enum action action);

#endif /* KPL011_UI_WINDOW_H */
