/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many alerts there were, and commands for them, since logs are in this directory: the counts
 * go on over the end of the daemon, also where it is killed. Whoever looks now and then sees an
 * alert as one more: a count that begins at 0 again and has reached what it was would look as if
 * there was none.
 */
#ifndef KPL011_ALERTCOUNTS_H
#define KPL011_ALERTCOUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/alertrules.h"
#include "daemon/logdir.h"

/* With more those that were asked for longest ago, of rules that are no more, are forgotten. */
#define ALERTCOUNTS_MAX (4 * ALERTS_MAX)

struct alertcounts_of {
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t seen; /* what matched */
	uint64_t told; /* alerts */
	uint64_t used; /* the number of the call of alertcounts_find() that has asked for it last */
};

struct alertcounts_runs {
	uint64_t started;
	uint64_t failed;
};

struct alertcounts {
	struct alertcounts_of all[ALERTCOUNTS_MAX];
	size_t count;
	struct alertcounts_runs runs;
	/* The rest is for alertcounts.c. */
	json_t *before;	   /* of alerts that have no count yet; it is written all the same */
	uint64_t uses;	   /* calls of alertcounts_find() */
	uint64_t noted;	   /* the sum of all counts, when they were */
	uint64_t tried;	   /* and when it was tried last */
	uint32_t noted_in; /* the directory then, by its generation */
	bool written;	   /* to that, and of these names in this order */
	int err;
};

void alertcounts_free(struct alertcounts *counts);

/* The index of an alert's; it goes on where it was. */
size_t alertcounts_find(struct alertcounts *counts, const char *alert);

/* What is noted in the directory is added, which is open. Once. */
void alertcounts_load(struct alertcounts *counts, const struct logdir *dir);

/*
 * What has changed is written, if the directory is open. @again: also what could not be the last
 * time, and is the same since. That it cannot be is told, and when it can again.
 */
void alertcounts_note(struct alertcounts *counts, const struct logdir *dir, bool again);

#endif /* KPL011_ALERTCOUNTS_H */
