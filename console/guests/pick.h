/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns the words of a command line into guests that have a port, or into an open source,
 * and prints what is wrong with them.
 */
#ifndef KPL011_PICK_H
#define KPL011_PICK_H

#include "guests/guests.h"
#include "guests/match.h"
#include "source/origin.h"

/**
 * pick_guests - find the guests that an operator means
 * @guests: filled, each guest once, by host and id; for guests_free(), unless this fails
 * @specs: the operator's words, see match.h
 * @count: the number of words; 0: all guests are meant
 * @which: which guests are meant if live and dead ones match a word
 * @many: a word may mean several guests; otherwise each must mean one
 *
 * If a word means none, or too many, prints that, and lists the candidates.
 */
enum status pick_guests(struct guests *guests, char *const *specs, int count,
			enum match_lives which, bool many);

/* Leaves the guests that are meant, live or dead. A word may mean none. Prints nothing. */
void pick_filter(struct guests *guests, char *const *specs, int count);

/*
 * Calls @act, which prints its own errors, with each guest that is meant; see
 * pick_guests(). If a word is wrong, @act is not called at all. Returns the status of
 * the last call that failed.
 */
enum status pick_each(char *const *specs, int count, enum match_lives which, bool many,
		      int (*act)(const struct source_facts *facts));

/*
 * pick_guests() with one word that has to mean one guest. @live: MATCH_LIVE, otherwise
 * MATCH_DEAD.
 */
enum status pick_one(const char *spec, bool live, struct source_facts *facts);

enum pick_for {
	PICK_READ,
	PICK_WRITE, /* needs a live guest that takes input */
	PICK_TALK,  /* to read, and to write if that is possible */
};

/*
 * Opens the guest that @spec means, a live one before a dead one; or a source, as origin.h
 * has them. Prints the error if it fails.
 */
enum status pick_open(const char *spec, enum pick_for what, struct source **src,
		      struct source_facts *facts);

/*
 * The last part of pick_open(), for callers that open a source themselves; @err is what that
 * returned. If it failed, or if @what is not possible with this source, prints that and
 * closes the source.
 */
enum status pick_opened(const struct origin *origin, int err, enum pick_for what,
			struct source **src, struct source_facts *facts);

/* What pick_opened() returns for this @err. STATUS_NO_GUEST: it may succeed later. */
enum status pick_open_status(int err);

/*
 * Fails with STATUS_USAGE if the source does not have the output from before it was opened.
 * Then prints that @what needs it, and @instead, the command to use from now on.
 */
enum status pick_need_past(const struct source *src, const struct source_facts *facts,
			   const char *what, const char *instead);

#endif /* KPL011_PICK_H */
