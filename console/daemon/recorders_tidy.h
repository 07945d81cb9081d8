/* SPDX-License-Identifier: GPL-2.0-only */
/* Closes and frees what is left of guests that are gone. */
#ifndef KPL011_RECORDERS_TIDY_H
#define KPL011_RECORDERS_TIDY_H

#include "daemon/recorders.h"

/* The recorder needs its name no longer: another may have it. */
void recorders_end_name(struct recorders *all, struct recorder *recorder);

/*
 * Returns 1 if this port is known and exists, 0 if it is not, or a negative
 * errno if that cannot be known now.
 */
int recorders_know(struct recorders *all, uint32_t id);

/*
 * Closes what recorders have open that are done, and frees those whose ports no longer exist; a
 * user's guests may all end at once. Works in a turn that began at @begun and lasts @turn_ns.
 * Returns true if the turn is over, and there may be more.
 */
bool recorders_tidy(struct recorders *all, uint64_t begun, uint64_t turn_ns);

#endif /* KPL011_RECORDERS_TIDY_H */
