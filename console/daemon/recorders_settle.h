/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the recorders do in turns of the loop, since there may be any number of ports: renames what
 * has old names, decides about each port, names its files and begins to log it, and rotates. From
 * time to time the service manager is told how far this is.
 */
#ifndef KPL011_RECORDERS_SETTLE_H
#define KPL011_RECORDERS_SETTLE_H

#include "daemon/recorders.h"

/* The length of a turn of the loop. */
#define RECORDERS_TURN_NS ((uint64_t)10 * 1000000)

/* One turn of all of that; sets the timer @settling if there is more. */
void recorders_settle(struct recorders *all);

/*
 * Renames what the present directory has of old names, once for each directory. Returns true if
 * the turn is over, and there is more.
 */
bool recorders_rename_old(struct recorders *all);

/* Has the keeper look for logs, now that all have their new names. */
void recorders_look_through(struct recorders *all);

/* Marks all recorders: recorders_settle() rotates their logs. */
void recorders_begin_rotating(struct recorders *all);

/* keeper_ops.looked; @arg: the recorders. */
void recorders_looked(bool through, void *arg);

/*
 * Callbacks of timers; @arg: the recorders. They try again what could not begin, and begin what
 * waited for an earlier life.
 */
void recorders_start_broken(void *arg);
void recorders_follow(void *arg);

#endif /* KPL011_RECORDERS_SETTLE_H */
