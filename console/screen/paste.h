/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the marks of a paste, everything is text, even what looks like a key with a meaning.
 * But the mark of the end may be lost or never be sent: then a pause ends the paste. A prefix
 * key, with what follows it, is held until it is known whether it is text or a key.
 *
 * After a short pause the prefix key, Esc and Ctrl-C may come from an operator who wants to be
 * heard, or begin the next piece of a slow paste. They are held for a moment, with what follows
 * them: of a piece, the rest or the end of the paste comes at once; of an operator, a few keys
 * at most. Either way, what was held takes effect after that moment.
 */
#ifndef KPL011_PASTE_H
#define KPL011_PASTE_H

#include "ui/ui.h"

void ui_paste_begin(struct ui *ui);
void ui_paste_end(struct ui *ui);
/* True: the key belongs to a paste, or has aborted it. */
bool ui_paste_key(struct ui *ui, uint32_t key, unsigned int mods);
/* The same for a key without a key code. */
bool ui_paste_sequence(struct ui *ui, const unsigned char *bytes, size_t len);
/* Whether the key has aborted a paste or a file of which the guest has yet to take some. */
bool ui_paste_abort(struct ui *ui, uint32_t key);
/* Timer: a pause may end the paste, or show whose the keys are that are held. */
void ui_paste_pause(void *ui);

#endif /* KPL011_PASTE_H */
