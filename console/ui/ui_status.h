/* SPDX-License-Identifier: GPL-2.0-only */
/* The status line at the bottom of the screen. */
#ifndef KPL011_UI_STATUS_H
#define KPL011_UI_STATUS_H

#include "ui/ui_part.h"

extern const struct ui_part ui_status_part;

#endif /* KPL011_UI_STATUS_H */
