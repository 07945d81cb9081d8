/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens what can lie over the screen, and closes it. */
#ifndef KPL011_UI_ASK_H
#define KPL011_UI_ASK_H

#include "ui/ui.h"

void ui_open(struct ui *ui, enum ui_which which);
void ui_close(struct ui *ui);

#endif /* KPL011_UI_ASK_H */
