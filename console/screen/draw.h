/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws a frame: all parts of the screen, and what lies over them. */
#ifndef KPL011_DRAW_H
#define KPL011_DRAW_H

#include "ui/ui.h"

void ui_draw(struct ui *ui);

#endif /* KPL011_DRAW_H */
