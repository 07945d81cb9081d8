/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests that an operator means, of those that have a port.
 */
#ifndef KPL011_PICK_H
#define KPL011_PICK_H

#include "guests/guests.h"
#include "guests/match.h"
#include "source/origin.h"

/**
 * pick_guests - look at every port, and leave only the guests that an operator means
 * @guests: filled, to be given to guests_free() unless it fails; by host and id, each once
 * @specs: what was written, see match.h
 * @count: how many of these; 0: all guests are meant
 * @which: where a word means live and dead guests
 * @many: a word may mean several; otherwise each means one
 *
 * Says why if a word means none, or too many, and lists the candidates.
 */
enum status pick_guests(struct guests *guests, char *const *specs, int count,
			enum match_lives which, bool many);

/* Leaves, of live and dead ones, those that are meant. A word may mean none; says nothing. */
void pick_filter(struct guests *guests, char *const *specs, int count);

/*
 * Does something to each guest that is meant, see pick_guests(); @act says why
 * if it fails. Returns the status of the last one that failed. Nothing is done
 * if a word is wrong.
 */
enum status pick_each(char *const *specs, int count, enum match_lives which, bool many,
		      int (*act)(const struct source_facts *facts));

/*
 * As pick_guests() of one word that means one guest, which @live says; what is known about
 * it goes to @facts.
 */
enum status pick_one(const char *spec, bool live, struct source_facts *facts);

enum pick_for {
	PICK_READ,
	PICK_WRITE, /* a guest that lives, and takes input */
	PICK_TALK,  /* to write as well, if it can be */
};

/*
 * pick_one() of live guests before dead ones, and guests_open(); or a source of another
 * kind, as origin.h has them, which is opened. Says why if it fails.
 */
enum status pick_open(const char *spec, enum pick_for what, struct source **src,
		      struct source_facts *facts);

/*
 * The end of it, for who opens a source otherwise: @err is what that returned. Says why it
 * failed, or that @what cannot be done, and closes it.
 */
enum status pick_opened(const struct origin *origin, int err, enum pick_for what,
			struct source **src, struct source_facts *facts);

/* What it would return then; STATUS_NO_GUEST: there may be one later. */
enum status pick_open_status(int err);

/*
 * Whether the source has what was printed before it was opened. Otherwise says that @what
 * needs that, and what to do.
 */
enum status pick_need_past(const struct source *src, const struct source_facts *facts,
			   const char *what, const char *instead);

#endif /* KPL011_PICK_H */
