/* SPDX-License-Identifier: GPL-2.0-only */
/* Passes clicks and the wheel on: to the list, or to the windows. */
#ifndef KPL011_MOUSE_H
#define KPL011_MOUSE_H

#include "ui/ui_input.h"

void ui_mouse(struct ui *ui, const struct ui_click *click);

#endif /* KPL011_MOUSE_H */
