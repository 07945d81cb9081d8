// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/usersums.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/payers.h"
#include "base/users.h"
#include "daemon/ordered.h"
#include "daemon/sums.h"

/* Stands for all owners for whom there is no room. */
#define OTHERS INT64_MIN

struct owner {
	int64_t uid;
	struct sums sums;
};

struct usersums {
	void *owners;
	size_t count;
	struct owner others;
	struct loop_event *timer;
	uint64_t due; /* earliest of all owners; 0: nothing is due */
};

static int by_uid(const void *a, const void *b)
{
	const struct owner *x = a;
	const struct owner *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static const char *whose(int64_t uid, char text[USER_NAME_SIZE + 16])
{
	char user[USER_NAME_SIZE];

	if (uid == OTHERS)
		return "several users";
	if (uid == LOGNAME_OWN)
		return "the daemon's own user";
	snprintf(text, USER_NAME_SIZE + 16, "user %s", user_name((uid_t)uid, user));
	return text;
}

static void say(int64_t uid, const struct sums_one *sum)
{
	char text[USER_NAME_SIZE + 16];
	char bytes[32] = "";

	if (sum->bytes)
		snprintf(bytes, sizeof(bytes), "%" PRIu64 " ", sum->bytes);
	if (sum->files == 1)
		msg_error("%s: %s%s", sum->last, bytes, sum->cause);
	else
		msg_error("%s, %" PRIu64 " times more: %s%s; the last was %s", whose(uid, text),
			  sum->files, bytes, sum->cause, sum->last);
}

static void say_all(struct owner *owner, uint64_t now)
{
	struct sums_one sum;

	while (sums_take(&owner->sums, now, &sum))
		say(owner->uid, &sum);
}

static void lower(struct usersums *all, uint64_t due)
{
	if (due && (!all->due || due < all->due))
		all->due = due;
}

/* Forgets owners who have nothing left to print. */
static void tell(struct usersums *all, uint64_t now)
{
	struct owner *owner = ordered_first(all->owners, by_uid);
	struct owner *next;

	all->due = 0;
	for (; owner; owner = next) {
		next = ordered_after(all->owners, owner, by_uid);
		say_all(owner, now);
		lower(all, sums_due(&owner->sums));
		if (sums_due(&owner->sums))
			continue;
		ordered_take(&all->owners, owner, by_uid);
		free(owner);
		all->count--;
	}
	say_all(&all->others, now);
	lower(all, sums_due(&all->others.sums));
}

static void set_timer(struct usersums *all)
{
	uint64_t now = clock_ms();

	if (all->due)
		loop_timer_set(all->timer, all->due > now ? all->due - now : 0);
}

static void on_timer(void *arg)
{
	struct usersums *all = arg;

	tell(all, clock_ms());
	set_timer(all);
}

struct usersums *usersums_new(struct loop *loop)
{
	struct usersums *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->others.uid = OTHERS;
	all->timer = loop_timer(loop, on_timer, all);
	if (all->timer)
		return all;
	free(all);
	return NULL;
}

void usersums_free(struct usersums *all)
{
	if (!all)
		return;
	tell(all, UINT64_MAX);
	loop_event_free(all->timer);
	free(all);
}

static struct owner *owner_of(struct usersums *all, int64_t uid)
{
	const struct owner like = { .uid = uid };
	struct owner *owner = ordered_find(all->owners, &like, by_uid);

	if (owner)
		return owner;
	owner = all->count < USERSUMS_OWNERS ? calloc(1, sizeof(*owner)) : NULL;
	if (!owner)
		return &all->others;
	owner->uid = uid;
	if (!ordered_put(&all->owners, owner, by_uid)) {
		free(owner);
		return &all->others;
	}
	all->count++;
	return owner;
}

bool usersums_add_some(struct usersums *all, int64_t uid, const char *cause, const char *object,
		       uint64_t bytes, unsigned int alone)
{
	struct owner *owner;
	bool first;

	if (!all)
		return true;
	owner = owner_of(all, uid < 0 ? uid : (int64_t)payer_of((uid_t)uid));
	first = sums_add_some(&owner->sums, cause, object, bytes, clock_ms(), alone);
	if (first) {
		lower(all, sums_due(&owner->sums));
		set_timer(all);
	}
	return first;
}

bool usersums_add(struct usersums *all, int64_t uid, const char *cause, const char *object,
		  uint64_t bytes)
{
	return usersums_add_some(all, uid, cause, object, bytes, 1);
}
