/* SPDX-License-Identifier: GPL-2.0-only */
/* The help: lies over the screen, and lists all keys as they are set. */
#ifndef KPL011_HELP_H
#define KPL011_HELP_H

#include "ui/ui_part.h"

extern const struct ui_part ui_help_part;

#endif /* KPL011_HELP_H */
