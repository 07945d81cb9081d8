/* SPDX-License-Identifier: GPL-2.0-only */
/* What the operator can change of the terminal that is emulated for a guest. */
#ifndef KPL011_STTY_H
#define KPL011_STTY_H

#include "ui/ui_part.h"

/* From ACTION_STTY to ACTION_RESET. */
void ui_stty_act(struct ui *ui, enum action action);

#endif /* KPL011_STTY_H */
