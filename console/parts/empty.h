/* SPDX-License-Identifier: GPL-2.0-only */
/* A window without a guest, or whose guest cannot be opened. */
#ifndef KPL011_EMPTY_H
#define KPL011_EMPTY_H

#include "ui/ui_part.h"

extern const struct ui_look ui_empty_look;
extern const struct ui_look ui_away_look;

#endif /* KPL011_EMPTY_H */
