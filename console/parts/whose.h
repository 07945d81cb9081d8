/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose the input is: taken, released, only watched, or of several guests at once. */
#ifndef KPL011_WHOSE_H
#define KPL011_WHOSE_H

#include "ui/ui_part.h"

/* From ACTION_TAKE to ACTION_BROADCAST. */
void ui_whose_act(struct ui *ui, enum action action);

#endif /* KPL011_WHOSE_H */
