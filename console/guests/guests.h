/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests of this host that have a port, and the one an operator means.
 */
#ifndef KPL011_GUESTS_H
#define KPL011_GUESTS_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"
#include "base/status.h"

struct guests {
	struct source_facts *all; /* by id */
	size_t count;
	size_t hidden; /* ports of other users */
};

/**
 * guests_scan - look at every port
 * @guests: filled, to be given to guests_free()
 *
 * Says why if it fails.
 */
enum status guests_scan(struct guests *guests);

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
 * guests_select - leave only the guests that an operator means
 * @guests: what guests_scan() found; in the same order afterwards, each once
 * @specs: what was written, see match.h
 * @count: how many of these; 0: all guests are meant
 * @which: where a word means live and dead guests
 * @many: a word may mean several; otherwise each means one
 *
 * Says why if a word means none, or too many, and lists the candidates.
 */
enum status guests_select(struct guests *guests, char *const *specs, int count,
			  enum guests_which which, bool many);

/* The same, of live and dead ones, where a word may mean none; says nothing. */
void guests_filter(struct guests *guests, char *const *specs, int count);

/*
 * Does something to each guest that is meant, see guests_select(); @act says why
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

/* What to call a guest in messages: its name, or "port 3" if it has none. */
const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE]);

/* "live", "dead" or "detached". */
const char *guests_state(const struct source_facts *facts);

/* Of a source that told its end: it was detached, and its VM goes on. */
bool guests_detached(struct source *src);

/* Says that the module does not answer, why (an errno), and what to do. */
enum status guests_no_module(int err);

#endif /* KPL011_GUESTS_H */
