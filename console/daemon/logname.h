/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of log files. Pure.
 *
 * What the files of a guest begin with is its base: its name, its owner, and where
 * these are those of another guest that lives, or it has no name, its port.
 *
 *   web1          of the user that the daemon runs as
 *   web1@1000     of the user 1000, by number: names of users can be given again
 *   web1@1000~7   by its port
 *
 * A guest's name becomes one that is safe, and another for each other name: what
 * is no letter, digit or one of ._-+=:, becomes %XX, and so do the dot of a first
 * "." and of a last ".clean" or ".json".
 *
 *   web1.log                               what it printed, byte by byte
 *   web1.clean.log                         the same as text with times
 *   web1.json.log                          the same as an object for each line: in all
 *                                          else it is the raw log of a base of its own
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
#define LOGNAME_JSON ".json"
#define LOGNAME_PACKED ".zst"

/* For an owner: the user that the daemon runs as. */
#define LOGNAME_OWN (-1)

/*
 * What files of a guest begin with. @uid: of its owner, or LOGNAME_OWN. @nth: the
 * how manieth by that name, from 1 on, which has no number if it has a name.
 */
const char *logname_base(const char *guest, int64_t uid, int64_t nth, char base[LOGNAME_SIZE]);

/* The name of the guest that files with this beginning are of, and its owner. */
const char *logname_guest(const char *base, char guest[LOGNAME_SIZE]);
int64_t logname_uid(const char *base);

/* How manieth it is by that name, from 1 on. */
int64_t logname_nth(const char *base);

/* Where logs in JSON have a base of their own, and that of the guest again. */
const char *logname_json(const char *base, char json[LOGNAME_SIZE]);
const char *logname_plain(const char *base, char plain[LOGNAME_SIZE]);

/* The same name and number, of that owner. */
const char *logname_give(const char *base, int64_t uid, char given[LOGNAME_SIZE]);

/* Before there were owners a base with a number was NAME@NUMBER. False: this is none. */
bool logname_of_old(const char *old, char base[LOGNAME_SIZE]);

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
