/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon knows about alerts, for its next start: which are not to be sent again yet,
 * which still have to be sent or to have their command run, and which guests still print lines
 * that belong to an alert. It is written when the daemon ends, and removed when it is read. The
 * counts have a file of their own, which is always up to date: it is written before a guest's
 * position is noted, and before the counts are reported.
 */
#ifndef KPL011_ALERTKEEP_H
#define KPL011_ALERTKEEP_H

#include <jansson.h>

#include "daemon/alertafter.h"
#include "daemon/alertbook.h"
#include "daemon/ledger.h"
#include "daemon/logdir.h"

/*
 * The book as a JSON object, with the commands of an owner in their order; NULL: no memory. @now:
 * on the book's clock, in milliseconds.
 */
json_t *alertkeep_put(const struct alertbook *book, uint64_t now);

/*
 * Fills the book from such an object. @passed: milliseconds since that was written, on the clock
 * of this boot; UINT64_MAX: it was another boot, and all its times are over.
 */
void alertkeep_get(struct alertbook *book, const json_t *json, uint64_t now, uint64_t passed);

/* The key of a guest's port in the object of ports. */
#define ALERTKEEP_KEY_SIZE 40
const char *alertkeep_key(const struct ledger_port *port, char key[ALERTKEEP_KEY_SIZE]);

/*
 * What is noted of one guest's port: alerts that were sent but still wait for lines, and @told,
 * an array with the names of the rules that the line under way at @pos has matched, so that the
 * next run does not take any of it for new alerts. Takes the reference to @told.
 */
json_t *alertkeep_put_after(uint64_t pos, const struct alertafter *after, json_t *told);

/* Reads it back. False: it was noted at another position than @pos. */
bool alertkeep_get_after(const json_t *json, uint64_t pos, struct alertafter *after,
			 const json_t **told);

/* Writes the file. @ports: an object of these by their keys, or NULL. 0 or a negative errno. */
int alertkeep_store(const struct logdir *dir, const char *boot, const struct alertbook *book,
		    json_t *ports, uint64_t now);

/* Reads the file and removes it. Returns @ports, or NULL: there are none. */
json_t *alertkeep_load(const struct logdir *dir, const char *boot, struct alertbook *book,
		       uint64_t now);

/* The file of the counts, below the directory: a JSON object with this "format". */
#define ALERTKEEP_COUNTS LOGDIR_STATE "/counts"
#define ALERTKEEP_COUNTS_FORMAT "kpl011-counts"

/*
 * Writes the text of that file. @over: overwrites the old file in place if that has the same
 * length. This is cheap and needs no free space, but can be incomplete, page by page. 0 or a
 * negative errno.
 */
int alertkeep_store_counts(const struct logdir *dir, const char *bytes, size_t len, bool over);

/* Reads that file. NULL: there is none, or it cannot be used, which was printed. */
json_t *alertkeep_load_counts(const struct logdir *dir);

/* A number in an object of that file; 0 if there is none, or it is not positive. */
uint64_t alertkeep_count(const json_t *object, const char *key);

#endif /* KPL011_ALERTKEEP_H */
