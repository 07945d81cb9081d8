/* SPDX-License-Identifier: GPL-2.0-only */
/* The windows of a tab: their titles, and who draws what is below. */
#ifndef KPL011_WINDOW_H
#define KPL011_WINDOW_H

#include "ui/ui_part.h"

extern const struct ui_part ui_windows_part;

#endif /* KPL011_WINDOW_H */
