/* SPDX-License-Identifier: GPL-2.0-only */
/* After the screen is left, tells the operator which input did not reach its guest. */
#ifndef KPL011_UNREAD_TOLD_H
#define KPL011_UNREAD_TOLD_H

#include "ui/ui.h"

void ui_say_unread(struct ui *ui);

#endif /* KPL011_UNREAD_TOLD_H */
