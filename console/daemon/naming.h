/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names the files of guests that have not been logged before. Two live guests
 * never share a file; a guest's next life continues the files of the one
 * before, each log as soon as that life has finished it. Numbers begin at 1, so
 * that there are never more names than guests at a time.
 *
 * Guests of one name and one owner are named together, so that each number is
 * tried once for all of them: anybody can have a thousand guests of one name.
 */
#ifndef KPL011_NAMING_H
#define KPL011_NAMING_H

#include "daemon/recorder_index.h"

struct naming {
	struct recorder_index *index;
	void *groups; /* by owner and name, of guests without a base yet */
};

enum named {
	NAMED,
	NAMED_MORE, /* the turn is over */
	NAMED_NOT,  /* there is no memory; the recorder still waits for its base */
};

/*
 * Adds a recorder without a base. @owner: as in logname.h. Call naming_give() or naming_leave()
 * afterwards. Returns false if there is no memory.
 */
bool naming_join(struct naming *naming, struct recorder *recorder, int64_t owner);

/* Gives a base to a recorder that has joined, in a turn that began at @begun and lasts @turn_ns. */
enum named naming_give(struct naming *naming, struct recorder *recorder, uint64_t begun,
		       uint64_t turn_ns);

/*
 * Whether a recorder may continue its earlier files of @base: neither a later life nor a live guest
 * uses them.
 */
bool naming_follows(const struct naming *naming, const struct recorder *recorder, const char *base);

/* The recorder no longer needs a base. */
void naming_leave(struct naming *naming, struct recorder *recorder);

/* The recorder has stopped writing to its files. */
void naming_ended(struct naming *naming, const struct recorder *recorder, int64_t owner);

#endif /* KPL011_NAMING_H */
