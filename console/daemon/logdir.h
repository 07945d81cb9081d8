/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of the logs. Its subdirectory .kpl011/ holds the ledgers, and
 * the lock that keeps a second daemon away.
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

/* There is a symbolic link, a directory or a device where a log should be. */
#define LOGDIR_NO_FILE (-EMLINK)

/* There is a file that the daemon did not create. */
#define LOGDIR_NOT_OURS (-EXDEV)

struct usersums;

struct logdir {
	char path[PATH_MAX];
	int fd;
	int state; /* .kpl011/ */
	int lock;
	uint32_t generation;	  /* incremented when the directory is created or opened again */
	const char *fault;	  /* what could not be opened, below @path; "": @path itself */
	char unread[64];	  /* ledger that could not be read just now; empty: none */
	int never;		  /* why it was never open yet, which was reported; 0: it was */
	struct troubles troubles; /* of those that cannot write now */
	struct usersums *told;	  /* sums of messages about logs, by owner; or NULL */
};

/*
 * Creates and locks the directory, or reports why it cannot. A full, read-only or failing disk is
 * reported, but is not an error: the directory stays closed until logdir_check() can open it.
 */
enum status logdir_open(struct logdir *dir, const char *path);
void logdir_close(struct logdir *dir);

/*
 * Checks that the path still leads to the open directory, and otherwise creates and opens it again,
 * with another generation. Returns 0 or a negative errno.
 */
int logdir_check(struct logdir *dir);

/* The subdirectory of the ledgers and of these files: */
#define LOGDIR_STATE ".kpl011"

/* Lists which logs are the daemon's; see roll.h. */
#define LOGDIR_ROLL "logs"

/* Says which form the names of logs have; see renaming.h. */
#define LOGDIR_FORMAT "format"

/* Stats @name below the directory's path, without following links. Returns false if that fails. */
bool logdir_look(const struct logdir *dir, const char *name, struct stat *st);

/*
 * A writer of @file begins to fail, or fails for another reason than before: @err, a negative
 * errno. Errors of the disk are reported for the first writer only, others for each file.
 */
void logdir_failed(struct logdir *dir, const char *file, int err);

/*
 * A writer can write again. Reported when it was the last one that failed with @err, or for each
 * file if @err is not an error of the disk.
 */
void logdir_worked(struct logdir *dir, const char *file, int err);

/* A failing writer is gone. */
void logdir_forget(struct logdir *dir, int err);

#endif /* KPL011_LOGDIR_H */
