/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests that have a port, of this host or those that were named, and the one an
 * operator means.
 */
#ifndef KPL011_GUESTS_H
#define KPL011_GUESTS_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"
#include "base/status.h"
#include "base/users.h"

struct guests {
	struct source_facts *all; /* by host and id */
	size_t count;
	size_t hidden;	  /* ports of other users */
	size_t unreached; /* hosts */
};

/**
 * guests_scan - look at every port, of all hosts
 * @guests: filled, to be given to guests_free()
 *
 * Says why if it fails, and which hosts are not reached.
 */
enum status guests_scan(struct guests *guests);

/* Those of this machine, without a word: 0, or a negative errno of reading their directory. */
int guests_look(struct guests *guests);

void guests_free(struct guests *guests);

/**
 * guests_find - the one guest that an operator means
 * @guests: what guests_scan() found
 * @spec: what was written, see match.h
 * @live: prefer live guests over dead ones, or the opposite
 * @index: which of @guests
 *
 * Says why if it is none or more than one, and lists the candidates.
 */
enum status guests_find(const struct guests *guests, const char *spec, bool live, size_t *index);

enum guests_which {
	GUESTS_LIVE, /* live ones before dead ones of the same name */
	GUESTS_DEAD, /* the opposite */
	GUESTS_BOTH,
};

/**
 * guests_meant - look at every port, and leave only the guests that an operator means
 * @guests: filled, to be given to guests_free() unless it fails; by host and id, each once
 * @specs: what was written, see match.h
 * @count: how many of these; 0: all guests are meant
 * @which: where a word means live and dead guests
 * @many: a word may mean several; otherwise each means one
 *
 * Says why if a word means none, or too many, and lists the candidates.
 */
enum status guests_meant(struct guests *guests, char *const *specs, int count,
			 enum guests_which which, bool many);

/* Leaves, of live and dead ones, those that are meant. A word may mean none; says nothing. */
void guests_filter(struct guests *guests, char *const *specs, int count);

/*
 * Does something to each guest that is meant, see guests_meant(); @act says why
 * if it fails. Returns the status of the last one that failed. Nothing is done
 * if a word is wrong.
 */
enum status guests_each(char *const *specs, int count, enum guests_which which, bool many,
			int (*act)(const struct source_facts *facts));

/* As guests_find(), of all there are; what is known about it goes to @facts. */
enum status guests_choose(const char *spec, bool live, struct source_facts *facts);

/* Says why something cannot be done with a guest's port: @err, a negative errno. */
enum status guests_say_failed(const char *what, const struct source_facts *facts, int err);

/**
 * guests_open - find a guest and open its port
 * @spec: what the operator wrote
 * @writable: the guest must live, and the port is opened to write
 * @src: the source, to be closed by the caller
 * @facts: what is known about it
 *
 * Says why if it fails.
 */
enum status guests_open(const char *spec, bool writable, struct source **src,
			struct source_facts *facts);

/* The same of one that was found before. */
enum status guests_open_again(struct source_facts *facts, bool writable, struct source **src);

/* What to call a guest in messages: its name, or "port 3" if it has none; "a/web1" with hosts. */
const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE]);

/* What means this one and no other: "3", or "a/3" with hosts. */
const char *guests_number(const struct source_facts *facts, char out[SOURCE_NAME_SIZE + 16]);

/* Whose it is: a user's name, or a number. */
const char *guests_user(const struct source_facts *facts, char out[USER_NAME_SIZE]);

/* "live", "dead" or "detached". */
const char *guests_state(const struct source_facts *facts);

/* Of a source that told its end: it was detached, and its VM goes on. */
bool guests_detached(struct source *src);

/* Says that the module does not answer, why (an errno), and what to do. */
enum status guests_no_module(int err);

#endif /* KPL011_GUESTS_H */
