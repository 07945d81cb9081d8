/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests that have a port, of this host or those that were named, and what they
 * are called in messages.
 */
#ifndef KPL011_GUESTS_H
#define KPL011_GUESTS_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"
#include "base/status.h"
#include "guests/owner.h"

#define GUESTS_PLACE_SIZE 16
#define GUESTS_OWNED_SIZE (USER_NAME_SIZE + 24)
#define GUESTS_ENDED_SIZE (SOURCE_NAME_SIZE + 32)
#define GUESTS_BLOCKED_SIZE (SOURCE_NAME_SIZE + 256)

struct guests {
	struct source_facts *all; /* by host and id */
	size_t count;
	size_t hidden;	  /* ports of other users */
	size_t unreached; /* hosts */
	size_t without;	  /* hosts that have no module */
};

/**
 * guests_scan - look at every port, of all hosts
 * @guests: filled, to be given to guests_free()
 *
 * Says why if it fails, and which hosts are not reached.
 */
enum status guests_scan(struct guests *guests);

/* The same over and over: only which hosts are not reached is said. */
enum status guests_scan_again(struct guests *guests);

/* Those of this machine, without a word: 0, or a negative errno of reading their directory. */
int guests_look(struct guests *guests);

void guests_free(struct guests *guests);

/* Says why something cannot be done with a guest's port: @err, a negative errno. */
enum status guests_say_failed(const char *what, const struct source_facts *facts, int err);

/**
 * guests_open - open a guest's port
 * @facts: what guests_scan() found; renewed
 * @writable: the guest must live, and the port is opened to write
 * @src: the source, to be closed by the caller
 *
 * Says why if it fails.
 */
enum status guests_open(struct source_facts *facts, bool writable, struct source **src);

/* What to call a guest in messages: its name, or "port 3" if it has none; "a/web1" with hosts. */
const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE]);

/* What means this one and no other: "3", or "a/3" with hosts. */
const char *guests_number(const struct source_facts *facts, char out[SOURCE_NAME_SIZE + 16]);

/* "live", "dead" or "detached". */
const char *guests_state(const struct source_facts *facts);

/* Where it is: "port 3", or what an operator writes for a source of another kind. */
const char *guests_place(const struct source_facts *facts, char out[GUESTS_PLACE_SIZE]);

/* The same, and whose it is: "port 3, user anna". */
const char *guests_owned(const struct source_facts *facts, char out[GUESTS_OWNED_SIZE]);

/* Of a source that told its end: it was detached, and its VM goes on. */
bool guests_detached(struct source *src);

/* The same as a sentence: "the VM of web1 is gone". */
const char *guests_ended(struct source *src, const char *label, char out[GUESTS_ENDED_SIZE]);

/* What source_blocked_news() has told, as a sentence. */
const char *guests_blocked(const char *label, int err, char out[GUESTS_BLOCKED_SIZE]);

/* Says that the module does not answer, why (an errno), and what to do. */
enum status guests_no_module(int err);

#endif /* KPL011_GUESTS_H */
