/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of log files. Pure.
 *
 * A guest's name becomes one that is safe, and another for each other name: what
 * is no letter, digit or one of ._-+=:, becomes %XX, and so do the dot of a first
 * "." and of a last ".clean". With a port's number, NAME@7: two guests of the
 * same name, and one without a name.
 *
 *   web1.log                               what it printed, byte by byte
 *   web1.clean.log                         the same as text with times
 *   web1.log.20260131T123456Z-000007       the former, cut off then; .zst: compressed
 */
#ifndef KPL011_LOGNAME_H
#define KPL011_LOGNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for every name that is made here. */
#define LOGNAME_SIZE 256

#define LOGNAME_RAW ".log"
#define LOGNAME_CLEAN ".clean.log"
#define LOGNAME_PACKED ".zst"

/* What files of a guest begin with. @port: part of it, or negative. */
const char *logname_base(const char *guest, int64_t port, char base[LOGNAME_SIZE]);

/* The name of the guest that files with this beginning are of. */
const char *logname_guest(const char *base, char guest[LOGNAME_SIZE]);

/* A file that was cut off. */
struct logname {
	char base[LOGNAME_SIZE];
	bool clean;   /* the text with times */
	int64_t time; /* when, in seconds since 1970 */
	uint64_t seq; /* counts up with each file of a guest */
	bool packed;
};

/* Writes such a name, in UTC. */
const char *logname_put(const struct logname *name, char text[LOGNAME_SIZE]);

/* Reads one; false: it is none. */
bool logname_get(const char *text, struct logname *name);

/* Of a file that was not cut off; false: it is none. Sets @base and @clean alone. */
bool logname_current(const char *text, struct logname *name);

#endif /* KPL011_LOGNAME_H */
