/* SPDX-License-Identifier: GPL-2.0-only */
/* A window that shows a guest's screen, or lines above it. */
#ifndef KPL011_GUEST_SCREEN_H
#define KPL011_GUEST_SCREEN_H

#include "ui/ui_part.h"

extern const struct ui_look ui_screen_look;

/* From ACTION_VIEW_LEFT to ACTION_VIEW_DOWN, and ACTION_TIMES. */
void ui_screen_act(struct ui *ui, enum action action);

#endif /* KPL011_GUEST_SCREEN_H */
