/* SPDX-License-Identifier: GPL-2.0-only */
/* The status line at the bottom of the screen. */
#ifndef KPL011_STATUS_LINE_H
#define KPL011_STATUS_LINE_H

#include "ui/ui_part.h"

extern const struct ui_part ui_status_part;

#endif /* KPL011_STATUS_LINE_H */
