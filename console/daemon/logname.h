/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of log files. Pure.
 *
 * The names of a guest's files begin with its base: the guest's name and its owner,
 * and a number if another live guest has both of these or if the guest has no name.
 *
 *   web1          a guest of the user that the daemon runs as
 *   web1@1000     of uid 1000; a number, since names of users can be reused
 *   web1@1000~7   the 7th such name
 *
 * A guest's name is escaped so that it is safe and unambiguous: anything but letters,
 * digits and ._-+=:, becomes %XX, and so does the dot of a leading "." and of a
 * trailing ".clean" or ".json".
 *
 *   web1.log                               the output, byte by byte
 *   web1.clean.log                         the output as text with times
 *   web1.json.log                          the output as a JSON object for each line; in
 *                                          all else this is the raw log of its own base
 *   web1.log.20260131T123456Z-000007       web1.log, rotated out at that time;
 *                                          .zst: compressed
 */
#ifndef KPL011_LOGNAME_H
#define KPL011_LOGNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any name made here. */
#define LOGNAME_SIZE 256

#define LOGNAME_RAW ".log"
#define LOGNAME_CLEAN ".clean.log"
#define LOGNAME_JSON ".json"
#define LOGNAME_PACKED ".zst"

/* As an owner: the user that the daemon runs as. */
#define LOGNAME_OWN (-1)

/*
 * Makes the base of a guest's files. @uid: the guest's owner, or LOGNAME_OWN. @nth: counts the
 * bases of that name and owner from 1; a guest with a name has no number in its first one.
 */
const char *logname_base(const char *guest, int64_t uid, int64_t nth, char base[LOGNAME_SIZE]);

/* The inverse: the guest's name and its owner. */
const char *logname_guest(const char *base, char guest[LOGNAME_SIZE]);
int64_t logname_uid(const char *base);

/* The number in the base, or 1. */
int64_t logname_nth(const char *base);

/* The base of the JSON log that belongs to a guest's base, and the inverse. */
const char *logname_json(const char *base, char json[LOGNAME_SIZE]);
const char *logname_plain(const char *base, char plain[LOGNAME_SIZE]);

/* The same name and number, but of owner @uid. */
const char *logname_give(const char *base, int64_t uid, char given[LOGNAME_SIZE]);

/* Converts a base of the old form NAME@NUMBER. Returns false if @old does not have that form. */
bool logname_of_old(const char *old, char base[LOGNAME_SIZE]);

/* An archive: a part of a log that was rotated out. */
struct logname {
	char base[LOGNAME_SIZE];
	bool clean;   /* text with times */
	int64_t time; /* of the rotation, in seconds since 1970 */
	uint64_t seq; /* counts the archives of a guest */
	bool packed;
};

/* Formats the name, with the time in UTC. */
const char *logname_put(const struct logname *name, char text[LOGNAME_SIZE]);

/* Parses a name. Returns false if it is not that of an archive. */
bool logname_get(const char *text, struct logname *name);

/*
 * Parses the name of a log's current file. Returns false if it is not one. Sets only @base and
 * @clean.
 */
bool logname_current(const char *text, struct logname *name);

#endif /* KPL011_LOGNAME_H */
