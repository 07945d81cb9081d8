/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of guests: how it is drawn, and its keys. */
#ifndef KPL011_LIST_H
#define KPL011_LIST_H

#include "ui/ui_part.h"

extern const struct ui_part ui_list_part;

/* From ACTION_LIST to ACTION_ACTIVE_GUEST: goes to the list, or to another guest of it. */
void ui_list_go(struct ui *ui, enum action action);
/* From ACTION_LIST_UP to ACTION_LIST_QUIT: in the list. */
void ui_list_act(struct ui *ui, enum action action);

#endif /* KPL011_LIST_H */
