/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which files in the directory are the daemon's: web1.log may be another program's as well, by
 * its name. What it has made is noted in .kpl011/logs, a name a line, before it is made; and with
 * a slash in front when it is gone, as what comes there then is another's. What was there before
 * .kpl011/ was, or came since from elsewhere, is told once and left alone. What was cut off is
 * known by its name.
 *
 * Users make as many names as they like: what takes long, to drop names and to write the file anew,
 * is done in turns of the loop. It takes the place of the one before when it is on the disk, which
 * a process of its own waits for: without it all logs would be another's after a power failure.
 */
#ifndef KPL011_ROLL_H
#define KPL011_ROLL_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/loop.h"
#include "daemon/logdir.h"
#include "daemon/logname.h"

#define ROLL_TURN_NS ((uint64_t)5 * 1000000)

/* Until what failed is tried again. */
#define ROLL_RETRY_MS ((uint64_t)60 * 1000)

struct roll {
	const struct logdir *dir;
	void (*known)(void *arg); /* it was unknown, and could be read */
	void *arg;
	struct loop_event *timer;
	void *names;
	void *strangers; /* that were told */
	size_t count;
	size_t stranger_count;
	size_t lines; /* of the file, about */
	bool loaded;
	int unknown; /* it cannot be read, and none is taken for a stranger: a negative errno */
	bool half;   /* the end of the file may be a part of a line */
	bool none;   /* there was none in this directory */
	bool stale;  /* the file is to be written anew */
	int failing; /* it cannot be written, which was told: a negative errno */
	uint32_t generation;
	/* Dropping what was not seen. */
	bool pruning;
	uint32_t pruned_for;
	char pruned[LOGNAME_SIZE]; /* up to this one */
	/* Writing the file anew. */
	FILE *file;
	size_t file_lines;
	int file_err;	  /* an errno, or 0 */
	bool syncing;	  /* all of it is written, and may not be on the disk */
	bool child_syncs; /* @child waits for this one */
	pid_t child;	  /* 0: there is none */
	struct loop_event *children;
	char written[LOGNAME_SIZE]; /* up to this one */
};

/* False: no memory. The directory, @known and @arg are its user's to set. */
bool roll_begin(struct roll *roll, struct loop *loop);
void roll_free(struct roll *roll);

/*
 * Of this directory, before anything is made there. Where an earlier version has written, which
 * noted nothing, all that is called as a log is taken for one. What could not be read is tried
 * again, here and once a minute.
 */
void roll_load(struct roll *roll);

/* Whether it is the daemon's, or may be. @seen: of who looks through the directory. */
bool roll_has(struct roll *roll, const char *name, uint32_t seen);

/* Whether it certainly is. */
bool roll_lists(struct roll *roll, const char *name, uint32_t seen);

/* It is, from now on. */
void roll_add(struct roll *roll, const char *name, uint32_t seen);

/* It is gone for good: what is called so later is another's. */
void roll_drop(struct roll *roll, const char *name);

/* It is not; told once, if that is sure. */
void roll_tell(struct roll *roll, const char *name);

/* All were looked at, for the @seen-th time: begins to drop what is not there any more. */
void roll_prune(struct roll *roll, uint32_t seen);

#endif /* KPL011_ROLL_H */
