/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which files in the directory are the daemon's: web1.log may be another program's as well, by
 * its name. What it has made is noted in .kpl011/logs, a name a line, before it is made. What was
 * there before .kpl011/ was, or came since from elsewhere, is told once and left alone. What was
 * cut off is known by its name.
 */
#ifndef KPL011_ROLL_H
#define KPL011_ROLL_H

#include <stddef.h>

#include "daemon/logdir.h"

struct roll {
	const struct logdir *dir;
	void *names;
	void *strangers; /* that were told */
	size_t count;
	size_t stranger_count;
	size_t lines; /* of the file, about */
	bool loaded;
	bool unknown; /* it cannot be read: none is taken for a stranger */
	bool pending; /* not all could be noted */
	bool told;    /* that */
	uint32_t generation;
};

/*
 * Of this directory, before anything is made there. Where an earlier version has written, which
 * noted nothing, all that is called as a log is taken for one.
 */
void roll_load(struct roll *roll);
void roll_free(struct roll *roll);

/* Whether it is the daemon's. @seen: of who looks through the directory. */
bool roll_has(struct roll *roll, const char *name, uint32_t seen);

/* It is, from now on. */
void roll_add(struct roll *roll, const char *name, uint32_t seen);

/* It is not; told once. */
void roll_tell(struct roll *roll, const char *name);

/* All were looked at, for the @seen-th time: what is not there any more is dropped if it is much.
 */
void roll_prune(struct roll *roll, uint32_t seen);

#endif /* KPL011_ROLL_H */
