/* SPDX-License-Identifier: GPL-2.0-only */
/* What is sent to a guest besides keys: a break, what was copied, a file. */
#ifndef KPL011_SENDS_H
#define KPL011_SENDS_H

#include "ui/ui_part.h"

/* ACTION_PASTE, ACTION_BREAK, ACTION_SEND_FILE and ACTION_DROP_INPUT. */
void ui_sends_act(struct ui *ui, enum action action);

#endif /* KPL011_SENDS_H */
