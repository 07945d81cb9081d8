/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of guests that have not written before are called. Two guests that live never
 * write to one file; a guest's next life goes on in that of the one before, log by log, as
 * that one is through with each. By numbers from 1 on there are never more names than guests at a
 * time.
 *
 * Guests of one name and one owner ask for theirs together, so that each number is looked at
 * once for all of them: anybody can have a thousand of one name.
 */
#ifndef KPL011_NAMING_H
#define KPL011_NAMING_H

#include "daemon/recorder_index.h"

struct naming {
	struct recorder_index *index;
	void *groups; /* by owner and name, of who has no name yet */
};

enum named {
	NAMED,
	NAMED_MORE, /* the turn is over */
};

/* It has no name. @owner: as in logname.h. False: no memory; else give or leave it. */
bool naming_join(struct naming *naming, struct recorder *recorder, int64_t owner);

/* A name for one that has joined, in a turn that began at @begun and takes @turn_ns. */
enum named naming_give(struct naming *naming, struct recorder *recorder, uint64_t begun,
		       uint64_t turn_ns);

/* Whether it may go on in files of that name, that it had before: it is the last life of these. */
bool naming_follows(const struct naming *naming, const struct recorder *recorder, const char *base);

/* It does without. */
void naming_leave(struct naming *naming, struct recorder *recorder);

/* It does not write to its files any more. */
void naming_ended(struct naming *naming, const struct recorder *recorder, int64_t owner);

#endif /* KPL011_NAMING_H */
