/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The roll lists the daemon's files in the directory, since by its name
 * web1.log may be another program's as well. The daemon notes a log in
 * .kpl011/logs, one name per line, before it creates it, and the name after a
 * slash when the log is gone: a file that appears there later is another
 * program's. A file that was there before .kpl011/ was, or came from elsewhere
 * since, is reported once and left alone. Archives are known by their names.
 *
 * Users can make any number of names, so what takes long is done in turns of
 * the loop: dropping names, and writing the file again. The new file replaces
 * the old one when it is on the disk, and a child process waits for that:
 * without the roll all logs would be another's after a power failure.
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

/* Delay before what failed is tried again. */
#define ROLL_RETRY_MS ((uint64_t)60 * 1000)

struct roll {
	const struct logdir *dir;
	void (*known)(void *arg); /* it was unknown, and could be read now */
	void *arg;
	struct loop_event *timer;
	void *names;
	void *strangers; /* files of others that were reported */
	size_t count;
	size_t stranger_count;
	size_t lines; /* of the file, about */
	bool loaded;
	int unknown; /* negative errno: it cannot be read, and no file is taken for another's */
	bool half;   /* the file may end within a line */
	bool none;   /* there was no file in this directory */
	bool stale;  /* the file is to be written again */
	int failing; /* negative errno of writing it, which was reported */
	uint32_t generation;
	/* Dropping names that were not seen. */
	bool pruning;
	uint32_t pruned_for;
	char pruned[LOGNAME_SIZE]; /* the last one that was looked at */
	/* Writing the file again. */
	FILE *file;
	size_t file_lines;
	int file_err;	  /* an errno, or 0 */
	bool syncing;	  /* it is complete, but perhaps not on the disk */
	bool child_syncs; /* @child waits for this file */
	pid_t child;	  /* 0: there is none */
	struct loop_event *children;
	char written[LOGNAME_SIZE]; /* the last one that was written */
};

/* The caller sets the directory, @known and @arg. Returns false if there is no memory. */
bool roll_begin(struct roll *roll, struct loop *loop);
void roll_free(struct roll *roll);

/*
 * Loads the roll of the directory, before anything is created there. Where an earlier version
 * wrote, which noted nothing, all files with names of logs are taken for the daemon's. If the roll
 * cannot be read, this is tried again here and once a minute.
 */
void roll_load(struct roll *roll);

/*
 * Whether a file is the daemon's, or may be. @seen: the number of the look through the directory.
 */
bool roll_has(struct roll *roll, const char *name, uint32_t seen);

/* Whether it certainly is. */
bool roll_lists(struct roll *roll, const char *name, uint32_t seen);

/* Adds a file. */
void roll_add(struct roll *roll, const char *name, uint32_t seen);

/* A file is gone for good: a later one of that name is another's. */
void roll_drop(struct roll *roll, const char *name);

/* Reports once that a file is another's, if that is certain. */
void roll_tell(struct roll *roll, const char *name);

/*
 * The @seen-th look through the directory is complete: begins to drop names that it has not seen.
 */
void roll_prune(struct roll *roll, uint32_t seen);

#endif /* KPL011_ROLL_H */
