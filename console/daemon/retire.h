/* SPDX-License-Identifier: GPL-2.0-only */
/* What a log is called when it is cut off; and cutting off those that nobody writes. */
#ifndef KPL011_RETIRE_H
#define KPL011_RETIRE_H

#include "daemon/archive.h"
#include "daemon/calendar.h"
#include "daemon/roll.h"

/* Where, and what tells whether a log is being written. */
struct retire {
	struct archive *archive;
	const struct logdir *dir;
	struct calendar *calendar;
	struct roll *roll; /* while it is unknown, all of them stay */
	bool (*in_use)(const char *base, bool clean, void *arg);
	void *arg;
};

/* What is dated before 2020 was dated by a clock that was not set yet. */
#define RETIRE_PLAUSIBLE 1577836800

/* Of one that is cut off now; @base and @clean are set. */
void retire_name(const struct retire *retire, struct logname *name);

/* Whether a guest has a log that is being written, or will be. */
bool retire_is_written(const struct retire *retire, const struct archive_guest *guest);

/*
 * A guest's log that nobody writes, since the policy is another one or its guest is gone, and
 * that was written last before any other was cut off; false: there is none.
 */
bool retire_oldest(const struct retire *retire, struct archive_guest *guest, bool *clean);

/*
 * It is as one that was cut off when it was written last. False: it cannot be renamed.
 * @file: that one, or NULL: there is nothing left of it.
 */
bool retire_log(const struct retire *retire, struct archive_guest *guest, bool clean,
		struct archive_file **file);

/* The same of those of a guest that nobody has written since, in seconds since 1970. */
void retire_unused(const struct retire *retire, struct archive_guest *guest, int64_t since);

#endif /* KPL011_RETIRE_H */
