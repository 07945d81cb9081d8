/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of the logs. Below it .kpl011/ has the ledgers, and the lock
 * that keeps a second daemon away.
 */
#ifndef KPL011_LOGDIR_H
#define KPL011_LOGDIR_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/status.h"
#include "daemon/troubles.h"

#define LOGDIR_MODE 0750
#define LOGDIR_FILE_MODE 0640

/* A link, a directory or a device where a log should be. */
#define LOGDIR_NO_FILE (-EMLINK)

/* A file is there that the daemon has not made. */
#define LOGDIR_NOT_OURS (-EXDEV)

struct usersums;

struct logdir {
	char path[PATH_MAX];
	int fd;
	int state; /* .kpl011/ */
	int lock;
	uint32_t generation;	  /* counts when it was made or opened anew */
	const char *fault;	  /* what could not be opened, below @path; "": that itself */
	char unread[64];	  /* the ledger that could not be read just now; empty: none */
	int never;		  /* why it could not be opened yet, which was told; 0: it could */
	struct troubles troubles; /* of who cannot write now */
	struct usersums *told;	  /* what is told of its logs by owner; or NULL */
};

/*
 * Makes and locks it; says why it cannot. A disk that is full or read-only is
 * waited for: then it is not open, until logdir_check() could.
 */
enum status logdir_open(struct logdir *dir, const char *path);
void logdir_close(struct logdir *dir);

/*
 * Whether its path still leads to it; if not it is made anew, with another
 * generation. 0 or a negative errno.
 */
int logdir_check(struct logdir *dir);

/* What ledgers are called is below this. */
#define LOGDIR_STATE ".kpl011"

/* In it: which logs are the daemon's; see roll.h. */
#define LOGDIR_ROLL "logs"

/* And what form names of logs have; see renaming.h. */
#define LOGDIR_FORMAT "format"

/* What is at a path below that of the directory, and not where a link leads; false: nothing. */
bool logdir_look(const struct logdir *dir, const char *name, struct stat *st);

/*
 * Somebody cannot write @file, for the first time since it could, or not for the same reason:
 * @err, a negative errno. Told for the first one alone, as far as it is the disk.
 */
void logdir_failed(struct logdir *dir, const char *file, int err);

/* Who could not can again; told when it was the last one. */
void logdir_worked(struct logdir *dir, const char *file, int err);

/* Who could not is no more. */
void logdir_forget(struct logdir *dir, int err);

#endif /* KPL011_LOGDIR_H */
