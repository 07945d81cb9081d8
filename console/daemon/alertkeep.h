/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon knows of alerts, over its end and its next start: which are not to be told
 * again yet, which are to be told or run for still, and of which a guest prints what follows.
 * It is written when the daemon ends, and taken away when it is read. What was counted is kept
 * by itself, at all times: before it is noted how far a guest was looked at, and before it is told.
 */
#ifndef KPL011_ALERTKEEP_H
#define KPL011_ALERTKEEP_H

#include <jansson.h>

#include "daemon/alertafter.h"
#include "daemon/alertbook.h"
#include "daemon/ledger.h"
#include "daemon/logdir.h"

/* An object, or NULL: no memory. @now: of the book's clock, in milliseconds. */
json_t *alertkeep_put(const struct alertbook *book, uint64_t now);

/*
 * @passed: so many milliseconds ago that was, by the clock of this boot; UINT64_MAX: it was
 * another boot, and no time has to pass any more.
 */
void alertkeep_get(struct alertbook *book, const json_t *json, uint64_t now, uint64_t passed);

/* What a guest's port is called among them. */
#define ALERTKEEP_KEY_SIZE 40
const char *alertkeep_key(const struct ledger_port *port, char key[ALERTKEEP_KEY_SIZE]);

/*
 * Of one guest's port: what follows an alert that was told is no other one, nor is what is
 * looked at again, from @pos on, of the line that was under way. @told: the names of what that
 * has matched, which is taken.
 */
json_t *alertkeep_put_after(uint64_t pos, const struct alertafter *after, json_t *told);

/* False: it was elsewhere. */
bool alertkeep_get_after(const json_t *json, uint64_t pos, struct alertafter *after,
			 const json_t **told);

/* 0 or a negative errno. @ports: an object of these by their keys, or NULL. */
int alertkeep_store(const struct logdir *dir, const char *boot, const struct alertbook *book,
		    json_t *ports, uint64_t now);

/* Takes it away; returns @ports, or NULL: there was nothing. */
json_t *alertkeep_load(const struct logdir *dir, const char *boot, struct alertbook *book,
		       uint64_t now);

/* Where what was counted is, below the directory; an object of JSON with this "format". */
#define ALERTKEEP_COUNTS LOGDIR_STATE "/counts"
#define ALERTKEEP_COUNTS_FORMAT "kpl011-counts"

/*
 * The text of it. @over: it is written over what is there, if that is as long: which costs little,
 * asks for no room, and may be done in part, by pages. 0 or a negative errno.
 */
int alertkeep_store_counts(const struct logdir *dir, const char *bytes, size_t len, bool over);

/* NULL: there is nothing. */
json_t *alertkeep_load_counts(const struct logdir *dir);

/* A number of it; 0: it is none. */
uint64_t alertkeep_count(const json_t *object, const char *key);

#endif /* KPL011_ALERTKEEP_H */
