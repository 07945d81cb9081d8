/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Broadcast: typing at all guests at once that are marked and take input. The set changes only
 * when a mark changes and when the screen is drawn, so that keys go to exactly those guests
 * whose titles are red.
 */
#ifndef KPL011_UI_BROADCAST_H
#define KPL011_UI_BROADCAST_H

#include "ui/ui.h"

void ui_broadcast_start(struct ui *ui);
void ui_broadcast_stop(struct ui *ui);
/*
 * Updates the set to the guests that are marked and take input now. Must not be called by a
 * ui_each_typed() callback.
 */
void ui_broadcast_follow(struct ui *ui);
/* A guest was marked or unmarked. */
void ui_broadcast_marked(struct ui *ui);
/* Whether a broadcast reaches this guest: its title is red then. */
bool ui_broadcasts(const struct ui *ui, const struct view *view);
/* How many guests a broadcast reaches. */
size_t ui_broadcast_reached(const struct ui *ui);
/* The guest is about to be freed. */
void ui_broadcast_forget(struct ui *ui, const struct guest *guest);

#endif /* KPL011_UI_BROADCAST_H */
