/* SPDX-License-Identifier: GPL-2.0-only */
/* Tabs, and the windows that they are split into. */
#ifndef KPL011_PANES_H
#define KPL011_PANES_H

#include "ui/ui_part.h"

extern const struct ui_part ui_tabs_part;

/* From ACTION_SPLIT_RIGHT to ACTION_GRID. */
void ui_panes_act(struct ui *ui, enum action action);

#endif /* KPL011_PANES_H */
