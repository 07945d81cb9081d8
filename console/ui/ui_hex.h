/* SPDX-License-Identifier: GPL-2.0-only */
/* A window that shows the bytes of a guest's history in hexadecimal. */
#ifndef KPL011_UI_HEX_H
#define KPL011_UI_HEX_H

#include "ui/ui.h"

/* ACTION_HEX. */
void ui_hex_toggle(struct ui *ui, enum action action);

void ui_hex_draw(struct ui *ui, struct ui_window *window, const struct layout_place *place);
/* Scrolls @lines up, or down if negative. */
void ui_hex_scroll(struct ui_window *window, long lines);
/* Handles an action of looking back in the hexadecimal view; false: it knows none such. */
bool ui_hex_act(struct ui *ui, struct ui_window *window, enum action action);

#endif /* KPL011_UI_HEX_H */
