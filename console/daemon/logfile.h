/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One log of one port: the file that is being written, and its ledger. Each
 * append is whole or can be undone, also by a kill.
 */
#ifndef KPL011_LOGFILE_H
#define KPL011_LOGFILE_H

#include "daemon/keeper.h"
#include "daemon/ledger.h"
#include "daemon/logdir.h"

/* Room for the name of a ledger. */
#define LOGFILE_LEDGER_SIZE 64

struct logfile_id {
	uint64_t dev;
	uint64_t ino;
};

/* What could not be written. */
enum logfile_part {
	LOGFILE_LOG,
	LOGFILE_LEDGER,
	LOGFILE_DIR, /* as logdir.fault says */
};

struct logfile {
	struct logdir *dir;
	struct keeper *keeper;
	char name[LOGNAME_SIZE]; /* empty: there is a ledger alone */
	char base[LOGNAME_SIZE]; /* what its name begins with */
	bool text;		 /* it is made of what a guest has printed, and not that itself */
	bool clean;
	char ledger_name[LOGFILE_LEDGER_SIZE];
	struct ledger ledger;
	struct ledger_point at; /* where both are */
	int fd;
	int ledger_fd;
	struct logfile_id ledger_id; /* of what @ledger_fd is */
	uint32_t generation;
	uint64_t rotate_size; /* bytes; 0: never */
	uint64_t rotate_age;  /* seconds; 0: never */
	bool rotate_now;
	bool in_line;		 /* it does not end with a line, as far as it is known */
	enum logfile_part fault; /* of what has failed last */
};

/* What kind of log a ledger is of is the end of its name. */
const char *logfile_ledger_name(const struct ledger_port *port, const char *kind,
				char name[LOGFILE_LEDGER_SIZE]);

/**
 * logfile_open - go on where the ledger says
 * @file: the log
 * @dir: its directory
 * @keeper: is told how it grows, and gets what is cut off
 * @port: whose
 * @base: what its name begins with
 * @kind: "raw", "clean", "json", or else: there is no file
 * @truth: what is known of the port; a ledger that contradicts it is put aside
 *
 * Nothing is made before the first append. Says what others did to the log.
 * Return: 0; file->ledger.done may be set; or a negative errno
 */
int logfile_open(struct logfile *file, struct logdir *dir, struct keeper *keeper,
		 const struct ledger_port *port, const char *base, const char *kind,
		 const struct ledger_truth *truth);
void logfile_close(struct logfile *file);

/**
 * logfile_append - write
 * @file: the log
 * @bytes: what
 * @len: how many; 0: the place alone
 * @exact: these are the guest's bytes up to @to, one by one
 * @to: the place in the guest's output that it leads to; its size is not looked at
 *
 * Cuts the log off before if that is due. Return: 0, or a negative errno; then
 * file->at is where it was, or with @exact as far as it came
 */
int logfile_append(struct logfile *file, const void *bytes, size_t len, bool exact,
		   const struct ledger_point *to);

/* The guest is gone, and all was written. */
int logfile_done(struct logfile *file);

/* What has failed last: its path below the directory; empty: that itself. */
const char *logfile_fault(const struct logfile *file, char path[LOGNAME_SIZE]);

/* Cuts it off at the next append, or now if it can. */
void logfile_rotate(struct logfile *file);

#endif /* KPL011_LOGFILE_H */
