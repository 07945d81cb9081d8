/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes each key on: to an overlay, to the action after the prefix key, to the list,
 * to looking back, or to the guest.
 */
#ifndef KPL011_KEYS_H
#define KPL011_KEYS_H

#include "ui/ui.h"

void ui_key(struct ui *ui, uint32_t key, unsigned int mods);
/* A key without a key code: if keys go to the guest, it gets these bytes. */
void ui_sequence(struct ui *ui, const unsigned char *bytes, size_t len);

#endif /* KPL011_KEYS_H */
