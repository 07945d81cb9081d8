/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits the messages that users can cause as often as they like, since these
 * would fill the journal. For each owner and cause the first is printed at
 * once, and then once a minute the number of the others. A user with all
 * subordinate uids is one owner.
 */
#ifndef KPL011_USERSUMS_H
#define KPL011_USERSUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

/* Owners with sums of their own at a time; all others share one. */
#define USERSUMS_OWNERS 256

struct usersums;

/* Returns NULL if there is no memory. */
struct usersums *usersums_new(struct loop *loop);

/* Prints the sums that are not printed yet. */
void usersums_free(struct usersums *all);

/**
 * usersums_add - count something that happened to an object of an owner
 * @all: the sums; NULL: there are none, and each message is printed
 * @uid: the owner, or LOGNAME_OWN
 * @cause: what happened and why, the same text each time
 * @object: the object
 * @bytes: the bytes of it, or 0
 *
 * Return: true if the caller is to print a message of its own now
 */
bool usersums_add(struct usersums *all, int64_t uid, const char *cause, const char *object,
		  uint64_t bytes);

/* The same, but the first @alone of a cause are printed by themselves. */
bool usersums_add_some(struct usersums *all, int64_t uid, const char *cause, const char *object,
		       uint64_t bytes, unsigned int alone);

#endif /* KPL011_USERSUMS_H */
