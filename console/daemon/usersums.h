/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users can make happen as often as they like is told by owner and cause: the first time
 * at once, and then once a minute how often it was, whoever fills the journal. A user is one
 * owner with all subordinate uids.
 */
#ifndef KPL011_USERSUMS_H
#define KPL011_USERSUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

/* Owners that have sums at a time; the others have one for all of them. */
#define USERSUMS_OWNERS 256

struct usersums;

/* NULL: no memory. */
struct usersums *usersums_new(struct loop *loop);

/* Tells what was not told yet. */
void usersums_free(struct usersums *all);

/**
 * usersums_add - something has happened to what an owner has
 * @all: the sums; NULL: there are none, and each is told
 * @uid: the owner, or LOGNAME_OWN
 * @cause: what and why, the same each time
 * @object: to what
 * @bytes: of it, or 0
 *
 * Return: true: it is to be told by itself, now
 */
bool usersums_add(struct usersums *all, int64_t uid, const char *cause, const char *object,
		  uint64_t bytes);

/* The same, but the first @alone in a while are told by themselves. */
bool usersums_add_some(struct usersums *all, int64_t uid, const char *cause, const char *object,
		       uint64_t bytes, unsigned int alone);

#endif /* KPL011_USERSUMS_H */
