/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of alertbook.c share: matches, and what is to be told of them. */
#ifndef ALERTBOOK_FIXTURE_H
#define ALERTBOOK_FIXTURE_H

#include "cmocka_all.h"

#include "daemon/alertbook.h"

/* Milliseconds in which the same is told once. */
#define QUIET 1000

/* The system does not know who the subordinate uids are of. */
extern bool unknown;

/* A match that has memory; true: it is told at once. */
bool see(struct alertbook *book, uid_t uid, const char *guest, const char *alert, uint64_t now);

/* Without a pause; returns when the next is due. */
uint64_t pass(struct alertbook *book, uint64_t now);

/* What is to be sent is, and nothing is run; returns how many. */
size_t send_all(struct alertbook *book);

/* How many entries there are; and the one that there is. */
size_t count(const struct alertbook *book);
struct alertbook_entry *only(const struct alertbook *book);

/* NULL: there is none. */
struct alertbook_owner *first_owner(const struct alertbook *book);

#endif /* ALERTBOOK_FIXTURE_H */
