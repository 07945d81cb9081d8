/* SPDX-License-Identifier: GPL-2.0-only */
/* A window that shows the bytes of a guest's history in hexadecimal. */
#ifndef KPL011_HEX_H
#define KPL011_HEX_H

#include "ui/ui_part.h"

extern const struct ui_look ui_hex_look;

/* ACTION_HEX. */
void ui_hex_toggle(struct ui *ui, enum action action);

#endif /* KPL011_HEX_H */
