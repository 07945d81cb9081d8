/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One log of one port: the file that is being written, and its ledger. An
 * append is complete or can be undone, even if the daemon is killed during it.
 */
#ifndef KPL011_LOGFILE_H
#define KPL011_LOGFILE_H

#include "daemon/keeper.h"
#include "daemon/ledger.h"
#include "daemon/logdir.h"

/* Room for a ledger's name. */
#define LOGFILE_LEDGER_SIZE 64

struct logfile_id {
	uint64_t dev;
	uint64_t ino;
};

/* What could not be written. */
enum logfile_part {
	LOGFILE_LOG,
	LOGFILE_LEDGER,
	LOGFILE_DIR, /* see logdir.fault */
};

struct logfile {
	struct logdir *dir;
	struct keeper *keeper;
	char name[LOGNAME_SIZE]; /* empty: there is only a ledger */
	char base[LOGNAME_SIZE]; /* what the names of its files begin with */
	bool text;		 /* made from the guest's output, not the output itself */
	bool clean;
	char ledger_name[LOGFILE_LEDGER_SIZE];
	struct ledger ledger;
	struct ledger_point at; /* the end of both the log and the output in it */
	int fd;
	int ledger_fd;
	struct logfile_id ledger_id; /* the file that @ledger_fd is open on */
	uint32_t generation;
	uint64_t rotate_size; /* bytes; 0: no limit */
	uint64_t rotate_age;  /* seconds; 0: no limit */
	bool rotate_now;
	bool in_line;		 /* the file ends within a line, as far as is known */
	enum logfile_part fault; /* the part that failed last */
};

/* Makes the name of a ledger, which ends with the kind of its log. */
const char *logfile_ledger_name(const struct ledger_port *port, const char *kind,
				char name[LOGFILE_LEDGER_SIZE]);

/* Looks for the log @name in @dir; @found->oldest stays as it is. */
void logfile_find(int dir, const char *name, struct ledger_found *found);

/**
 * logfile_open - continue a log where its ledger says
 * @file: the log
 * @dir: its directory
 * @keeper: is told how the log grows, and gets what is rotated out
 * @port: the port
 * @base: what the log's name begins with
 * @kind: "raw", "clean" or "json"; with any other there is only a ledger
 * @truth: what is known of the port; a ledger that contradicts it is put aside
 *
 * Creates nothing: the first append does. Reports what other programs did to the log.
 * Return: 0 (file->ledger.done may be set), or a negative errno
 */
int logfile_open(struct logfile *file, struct logdir *dir, struct keeper *keeper,
		 const struct ledger_port *port, const char *base, const char *kind,
		 const struct ledger_truth *truth);
void logfile_close(struct logfile *file);

/**
 * logfile_append - write to the log
 * @file: the log
 * @bytes: what to write
 * @len: the number of bytes; 0: only note @to
 * @exact: @bytes are the guest's output up to @to, unchanged
 * @to: the position in the guest's output after this; its size is ignored
 *
 * Rotates the log first if that is due. Return: 0, or a negative errno; then
 * file->at is where it was, or with @exact after the bytes that were written
 */
int logfile_append(struct logfile *file, const void *bytes, size_t len, bool exact,
		   const struct ledger_point *to);

/* The guest is gone, and all its output was written. */
int logfile_done(struct logfile *file);

/* Returns the path, below the directory, of what failed last; empty: the directory itself. */
const char *logfile_fault(const struct logfile *file, char path[LOGNAME_SIZE]);

/* Rotates the log now, or at the next append if it cannot. */
void logfile_rotate(struct logfile *file);

#endif /* KPL011_LOGFILE_H */
