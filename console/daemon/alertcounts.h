/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many alerts there were, and how many commands were run for them, since this directory has
 * logs. The counts outlive the daemon, even if it is killed. Monitoring that samples them now and
 * then recognises an alert as an increase: a count that began at 0 again and reached its old
 * value by the next sample would hide one.
 */
#ifndef KPL011_ALERTCOUNTS_H
#define KPL011_ALERTCOUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/alertrules.h"
#include "daemon/logdir.h"

/*
 * Beyond this many, the counts that were asked for longest ago are forgotten: their rules are
 * gone.
 */
#define ALERTCOUNTS_MAX (4 * ALERTS_MAX)

struct alertcounts_of {
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t seen; /* matches */
	uint64_t told; /* alerts, counted before they are sent */
	uint64_t used; /* @uses at the last alertcounts_find() for it */
};

struct alertcounts_runs {
	uint64_t started;
	uint64_t failed;
};

struct alertcounts {
	struct alertcounts_of all[ALERTCOUNTS_MAX];
	size_t count;
	struct alertcounts_runs runs;
	/* Private to alertcounts.c. */
	json_t *before;	   /* of alerts that have no count in @all; written again */
	uint64_t uses;	   /* number of calls of alertcounts_find() */
	uint64_t noted;	   /* the sum of all counts when they were last written */
	uint64_t tried;	   /* the same when it was last tried */
	uint32_t noted_in; /* the directory's generation then */
	bool written;	   /* the file in that directory has these names in this order */
	int err;
};

void alertcounts_free(struct alertcounts *counts);

/* The index of an alert's count, which continues from where it was. */
size_t alertcounts_find(struct alertcounts *counts, const char *alert);

/* Adds the counts that the open directory holds. Call it once. */
void alertcounts_load(struct alertcounts *counts, const struct logdir *dir);

/*
 * Writes the counts if they have changed and the directory is open. @again: retries even if
 * nothing has changed since writing failed. Prints that writing fails, and when it works again.
 */
void alertcounts_note(struct alertcounts *counts, const struct logdir *dir, bool again);

#endif /* KPL011_ALERTCOUNTS_H */
