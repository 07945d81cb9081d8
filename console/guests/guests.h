/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guests that have a port, on this host or on those given with --host, and what
 * messages call them.
 */
#ifndef KPL011_GUESTS_H
#define KPL011_GUESTS_H

#include <stdbool.h>
#include <stdio.h>

#include "source/source.h"
#include "base/status.h"

struct guests {
	struct source_facts *all; /* by host and id */
	size_t count;
	size_t hidden;	  /* ports of other users, which are not in @all */
	size_t unreached; /* hosts that could not be reached */
	size_t without;	  /* hosts without the module */
};

/**
 * guests_scan - look at every port of all hosts
 * @guests: filled; to be given to guests_free() unless this fails
 *
 * Prints the error if it fails, and which hosts it could not reach.
 */
enum status guests_scan(struct guests *guests);

/* The same, for repeated calls: prints only which hosts it could not reach. */
enum status guests_scan_again(struct guests *guests);

/* The ports of this machine. Prints nothing. 0, or a negative errno of reading their directory. */
int guests_look(struct guests *guests);

void guests_free(struct guests *guests);

/* Prints "cannot @what GUEST" and why: @err, a negative errno. Returns the exit status for it. */
enum status guests_say_failed(const char *what, const struct source_facts *facts, int err);

/**
 * guests_open - open a guest's port
 * @facts: what guests_scan() found; updated
 * @writable: open the port for writing too, which needs a live guest
 * @src: set to the source, which the caller closes
 *
 * Prints the error if it fails.
 */
enum status guests_open(struct source_facts *facts, bool writable, struct source **src);

/* A guest's name for messages, "port 3" if it has none; with several hosts "a/web1". */
const char *guests_label(const struct source_facts *facts, char label[SOURCE_NAME_SIZE]);

/* What a user can write for this guest and no other: "3", with several hosts "a/3". */
const char *guests_number(const struct source_facts *facts, char out[SOURCE_NAME_SIZE + 16]);

/* Prints that the module's device cannot be opened, why (@err, an errno), and what to do. */
enum status guests_no_module(int err);

#endif /* KPL011_GUESTS_H */
