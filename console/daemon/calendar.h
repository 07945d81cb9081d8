/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What time it is for the ages of logs: steady.h with the system's clocks, kept over the
 * daemon's ends in the directory of the logs. Tells when the clock jumps.
 */
#ifndef KPL011_CALENDAR_H
#define KPL011_CALENDAR_H

#include "daemon/logdir.h"
#include "daemon/steady.h"

struct calendar {
	const struct logdir *dir;
	const char *boot;
	bool begun;
	int err; /* it could not be noted down, and that was told: a negative errno */
	struct steady steady;
};

void calendar_begin(struct calendar *calendar, const struct logdir *dir, const char *boot);

/* In seconds since 1970: not later than it is, to tell what is old; not earlier, for names. */
int64_t calendar_least(struct calendar *calendar);
int64_t calendar_most(struct calendar *calendar);

/* Whether both are the same. */
bool calendar_is_sure(struct calendar *calendar);

/* Notes it down, from time to time. */
void calendar_store(struct calendar *calendar);

#endif /* KPL011_CALENDAR_H */
