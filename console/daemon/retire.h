/* SPDX-License-Identifier: GPL-2.0-only */
/* What a log is called when it is cut off; and cutting off those of guests that are gone. */
#ifndef KPL011_RETIRE_H
#define KPL011_RETIRE_H

#include "daemon/archive.h"
#include "daemon/calendar.h"

/* What is dated before 2020 was dated by a clock that was not set yet. */
#define RETIRE_PLAUSIBLE 1577836800

/* Of one that is cut off now; @base and @clean are set. */
void retire_name(const struct archive *archive, const struct logdir *dir, struct calendar *calendar,
		 struct logname *name);

/*
 * The logs of a guest that is gone are as those that were cut off when it ended. False: they
 * cannot be renamed.
 */
bool retire_guest(struct archive *archive, const struct logdir *dir, struct calendar *calendar,
		  struct archive_guest *guest);

#endif /* KPL011_RETIRE_H */
