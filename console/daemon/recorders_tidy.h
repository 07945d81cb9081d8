/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is left of guests that are gone.
 */
#ifndef KPL011_RECORDERS_TIDY_H
#define KPL011_RECORDERS_TIDY_H

#include "daemon/recorders.h"

/* Its name is needed by it no more: another may have it. */
void recorders_end_name(struct recorders *all, struct recorder *recorder);

/* 1: this port is known, and is there; 0: it is not. A negative errno: that is not known now. */
int recorders_know(struct recorders *all, uint32_t id);

/*
 * Closes what those have open that are done, and frees whose ports are no more: a user's guests
 * may all end at once. In a turn that began at @begun and takes @turn_ns. True: it is over, and
 * there may be more.
 */
bool recorders_tidy(struct recorders *all, uint64_t begun, uint64_t turn_ns);

#endif /* KPL011_RECORDERS_TIDY_H */
