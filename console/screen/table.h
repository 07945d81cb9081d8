/* SPDX-License-Identifier: GPL-2.0-only */
/* The only file that knows all parts of the screen. */
#ifndef KPL011_TABLE_H
#define KPL011_TABLE_H

#include "ui/ui.h"

/* Makes them known to those who draw the screen and pass keys on, and makes their timer. */
void ui_set_parts(struct ui *ui);

#endif /* KPL011_TABLE_H */
