/* SPDX-License-Identifier: GPL-2.0-only */
/* Names archives, and rotates logs that nobody writes any more. */
#ifndef KPL011_RETIRE_H
#define KPL011_RETIRE_H

#include "daemon/archive.h"
#include "daemon/calendar.h"
#include "daemon/roll.h"

/* What this needs to know; @in_use() says whether a log is being written, or will be. */
struct retire {
	struct archive *archive;
	const struct logdir *dir;
	struct calendar *calendar;
	struct roll *roll; /* while this is unknown, no log is rotated */
	bool (*in_use)(const char *base, bool clean, void *arg);
	void *arg;
};

/* A time before 2020 comes from a clock that was not set yet. */
#define RETIRE_PLAUSIBLE 1577836800

/* Completes the name of a log that is rotated now; @base and @clean are set. */
void retire_name(const struct retire *retire, struct logname *name);

/* Whether a guest has a log that is being written, or will be. */
bool retire_is_written(const struct retire *retire, const struct archive_guest *guest);

/*
 * Finds a log that nobody writes, since the policy changed or its guest is gone, and that was last
 * written before the guest's oldest archive was made; of two the one that was written first.
 * Returns false if there is none.
 */
bool retire_oldest(const struct retire *retire, struct archive_guest *guest, bool *clean);

/*
 * Rotates a log as if that had been done when it was last written. Returns false if it cannot be
 * renamed. @file: the archive, or NULL if nothing is left of the log.
 */
bool retire_log(const struct retire *retire, struct archive_guest *guest, bool clean,
		struct archive_file **file);

/* The same for a guest's logs that nobody has written since @since, in seconds since 1970. */
void retire_unused(const struct retire *retire, struct archive_guest *guest, int64_t since);

#endif /* KPL011_RETIRE_H */
