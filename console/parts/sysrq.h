/* SPDX-License-Identifier: GPL-2.0-only */
/* The menu of magic SysRq keys: a break and a key, for one guest or in a broadcast. */
#ifndef KPL011_SYSRQ_H
#define KPL011_SYSRQ_H

#include "ui/ui_part.h"

extern const struct ui_part ui_sysrq_part;

#endif /* KPL011_SYSRQ_H */
