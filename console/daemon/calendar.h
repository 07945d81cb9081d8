/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time by which logs have an age: steady.h with the system's clocks, kept in the directory of
 * the logs while the daemon does not run. Reports when the clock jumps.
 */
#ifndef KPL011_CALENDAR_H
#define KPL011_CALENDAR_H

#include "daemon/logdir.h"
#include "daemon/steady.h"

struct calendar {
	const struct logdir *dir;
	const char *boot;
	bool begun;
	int err; /* it could not be stored, which was printed: a negative errno */
	struct steady steady;
};

void calendar_begin(struct calendar *calendar, const struct logdir *dir, const char *boot);

/*
 * In seconds since 1970. calendar_least(): not later than it is, to decide what is old;
 * calendar_most(): not earlier than it is, for names.
 */
int64_t calendar_least(struct calendar *calendar);
int64_t calendar_most(struct calendar *calendar);

/* Whether both are equal, so that the time is certain. */
bool calendar_is_sure(struct calendar *calendar);

/* Stores it; to be called from time to time. */
void calendar_store(struct calendar *calendar);

#endif /* KPL011_CALENDAR_H */
