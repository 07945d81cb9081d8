/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator types at guests: at that of the window with the focus, or at those of a
 * broadcast.
 */
#ifndef KPL011_UI_TYPE_H
#define KPL011_UI_TYPE_H

#include "ui/ui.h"

/* Calls @fn for each guest that keys go to now and that may be typed at; returns how many. */
size_t ui_each_typed(struct ui *ui, void (*fn)(struct view *view, const void *arg),
		     const void *arg);
void ui_send(struct ui *ui, const void *bytes, size_t len);

/* Types a key at the guest, whatever the key means elsewhere. */
void ui_type(struct ui *ui, uint32_t key, unsigned int mods);
/* The same for a key without a key code: the guest gets these bytes. */
void ui_type_sequence(struct ui *ui, const unsigned char *bytes, size_t len);

/*
 * Whether the Backspace key sends the guest ^H, not DEL. The guest's DECBKM overrides the settings;
 * the operator's key overrides both.
 */
bool ui_sends_bs(const struct view *view);

#endif /* KPL011_UI_TYPE_H */
