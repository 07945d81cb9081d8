// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/payers.h"
#include "daemon/ordered.h"

/* The name that guests beyond ALERTBOOK_OWNER_MAX share: no guest can have it. */
#define OTHERS "\n"

void alertbook_begin(struct alertbook *book)
{
	*book = (struct alertbook){ 0 };
	TAILQ_INIT(&book->fresh);
	TAILQ_INIT(&book->to_send);
	TAILQ_INIT(&book->said);
}

static int by_two(uint64_t a, uint64_t nth_a, uint64_t b, uint64_t nth_b)
{
	if (a != b)
		return a < b ? -1 : 1;
	return nth_a < nth_b ? -1 : nth_a > nth_b;
}

static int by_due(const void *a, const void *b)
{
	const struct alertbook_entry *x = a;
	const struct alertbook_entry *y = b;

	return by_two(x->at, x->nth, y->at, y->nth);
}

static int by_place(const void *a, const void *b)
{
	const struct alertbook_owner *x = a;
	const struct alertbook_owner *y = b;

	return by_two(x->at, x->nth, y->at, y->nth);
}

static void not_due(struct alertbook *book, struct alertbook_entry *entry)
{
	if (entry->due)
		ordered_take(&book->due, entry, by_due);
	entry->due = false;
}

static void due_at(struct alertbook *book, struct alertbook_entry *entry, uint64_t when)
{
	not_due(book, entry);
	entry->at = when;
	entry->nth = book->nth++;
	entry->due = ordered_put(&book->due, entry, by_due);
}

static void unplace(struct alertbook_owner *owner)
{
	if (owner->set)
		ordered_take(owner->set, owner, by_place);
	owner->set = NULL;
}

static void put_owner(struct alertbook *book, struct alertbook_owner *owner, void **set,
		      uint64_t at)
{
	if (owner->set == set)
		return;
	unplace(owner);
	owner->at = at;
	owner->nth = book->nth++;
	if (ordered_put(set, owner, by_place))
		owner->set = set;
}

/*
 * An owner with commands to run queues for them, from @now on or when the owner may run the next;
 * one without entries is to be forgotten.
 */
static void place(struct alertbook *book, struct alertbook_owner *owner, uint64_t now)
{
	if (owner->runs)
		return;
	if (!TAILQ_EMPTY(&owner->to_run))
		put_owner(book, owner, &book->line, owner->run_at > now ? owner->run_at : now);
	else if (!owner->entries)
		put_owner(book, owner, &book->idle, owner->run_at);
}

static void rest(struct alertbook *book, struct alertbook_owner *owner)
{
	if (!owner->entries)
		place(book, owner, 0);
}

static struct alertbook_entry **bucket_of(struct alertbook *book, uid_t uid, const char *guest,
					  const char *alert)
{
	uint32_t hash = 2166136261U ^ uid;

	for (const char *p = guest; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	for (const char *p = alert; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619U;
	return &book->buckets[(hash ^ hash >> 16) % ALERTBOOK_BUCKETS];
}

struct alertbook_entry *alertbook_find(struct alertbook *book, uid_t uid, const char *guest,
				       const char *alert)
{
	struct alertbook_entry *entry = *bucket_of(book, uid, guest, alert);

	while (entry &&
	       (entry->uid != uid || strcmp(entry->guest, guest) || strcmp(entry->alert, alert)))
		entry = entry->next;
	return entry;
}

static struct alertbook_owner *find_owner(struct alertbook *book, uid_t uid)
{
	struct alertbook_owner *owner;

	LIST_FOREACH(owner, &book->owners[uid % ALERTBOOK_BUCKETS], in_bucket)
		if (owner->uid == uid)
			return owner;
	return NULL;
}

static struct alertbook_owner *make_owner(struct alertbook *book, uid_t uid)
{
	struct alertbook_owner *owner = find_owner(book, uid);

	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	owner->uid = uid;
	TAILQ_INIT(&owner->to_run);
	LIST_INSERT_HEAD(&book->owners[uid % ALERTBOOK_BUCKETS], owner, in_bucket);
	return owner;
}

void alertbook_limit(struct alertbook *book, uid_t owner, uint64_t run_at)
{
	struct alertbook_owner *it = make_owner(book, owner);

	if (!it)
		return;
	it->run_at = run_at;
	unplace(it);
	place(book, it, 0);
}

struct alertbook_entry *alertbook_add(struct alertbook *book, uid_t uid, const char *guest,
				      const char *alert)
{
	struct alertbook_entry *entry = alertbook_find(book, uid, guest, alert);
	struct alertbook_owner *owner = entry ? NULL : make_owner(book, payer_of(uid));
	struct alertbook_entry **bucket;

	if (!owner)
		return entry;
	if (owner->entries >= ALERTBOOK_OWNER_MAX) {
		guest = OTHERS;
		uid = owner->uid;
		entry = alertbook_find(book, uid, guest, alert);
		if (entry)
			return entry;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		rest(book, owner);
		return NULL;
	}
	bucket = bucket_of(book, uid, guest, alert);
	entry->next = *bucket;
	*bucket = entry;
	entry->owner = owner;
	entry->uid = uid;
	owner->entries++;
	if (owner->set == &book->idle)
		unplace(owner);
	strncpy(entry->guest, guest, sizeof(entry->guest) - 1);
	strncpy(entry->alert, alert, sizeof(entry->alert) - 1);
	due_at(book, entry, 0);
	return entry;
}

static void free_entry(struct alertbook_entry *entry)
{
	alertnews_free(entry->news);
	alertnews_free(entry->later);
	entry->owner->entries--;
	free(entry);
}

static void forget(struct alertbook *book, struct alertbook_entry *entry)
{
	struct alertbook_entry **link = bucket_of(book, entry->uid, entry->guest, entry->alert);
	struct alertbook_owner *owner = entry->owner;

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	not_due(book, entry);
	free_entry(entry);
	rest(book, owner);
}

static void put_in(struct alertbook_entry *entry, struct alertbook_entries *list)
{
	if (entry->list)
		TAILQ_REMOVE(entry->list, entry, in_list);
	entry->list = list;
	if (list)
		TAILQ_INSERT_TAIL(list, entry, in_list);
}

/* A command that waits to be run keeps its place, and covers what is seen meanwhile. */
static void begin_run(struct alertbook *book, struct alertbook_entry *entry, uint64_t now)
{
	struct alertbook_owner *owner = entry->owner;

	if (!entry->run) {
		TAILQ_INSERT_TAIL(&owner->to_run, entry, in_owner);
		entry->run = true;
		entry->run_count = 0;
	}
	place(book, owner, now);
}

/* Queues it to be sent, and begins its quiet time. */
static void begin(struct alertbook *book, struct alertbook_entry *entry, uint64_t count,
		  uint64_t now)
{
	if (entry->command)
		begin_run(book, entry, now);
	entry->run_count += count;
	entry->count = count;
	entry->until = now + entry->quiet;
	entry->send = true;
	entry->said = false;
	put_in(entry, &book->fresh);
	due_at(book, entry, entry->until);
}

int alertbook_seen(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		   uint64_t quiet, bool command, uint64_t now, struct alertnews **wanted)
{
	struct alertbook_entry *entry = alertbook_add(book, uid, guest, alert);
	struct alertnews **news;

	*wanted = NULL;
	if (!entry)
		return -ENOMEM;
	entry->quiet = quiet;
	entry->command = command;
	/* It is about to be sent, or will be when its quiet time is over. */
	if (entry->until > now || entry->news) {
		entry->again++;
		/* It is missing, too, if there was no memory for it at the first match. */
		if (entry->later)
			return 0;
		news = &entry->later;
	} else {
		news = &entry->news;
	}
	*news = alertnews_new(&entry->owner->after);
	if (!*news)
		return -ENOMEM;
	(*news)->entry = entry;
	*wanted = *news;
	if (news == &entry->news) {
		begin(book, entry, 1, now);
		return 1;
	}
	due_at(book, entry, entry->until);
	return 0;
}

/* True: it is to be sent again. */
static bool look_again(struct alertbook *book, struct alertbook_entry *entry, uint64_t now)
{
	if (!entry->later || entry->send)
		return false;
	alertnews_free(entry->news);
	entry->news = entry->later;
	entry->later = NULL;
	begin(book, entry, entry->again, now);
	entry->again = 0;
	return true;
}

static bool is_over(bool (*over)(void *arg), void *arg)
{
	return over && over(arg);
}

/*
 * An owner without entries is remembered until the limit on its commands is over: it could be
 * evaded otherwise.
 */
static bool forget_owners(struct alertbook *book, uint64_t now, bool (*over)(void *arg), void *arg)
{
	struct alertbook_owner *owner;

	while ((owner = ordered_first(book->idle, by_place)) && owner->at <= now) {
		unplace(owner);
		LIST_REMOVE(owner, in_bucket);
		free(owner);
		if (is_over(over, arg))
			return true;
	}
	return false;
}

uint64_t alertbook_due(const struct alertbook *book)
{
	const struct alertbook_entry *entry = ordered_first(book->due, by_due);
	const struct alertbook_owner *owner = ordered_first(book->idle, by_place);
	uint64_t due = entry ? entry->at : UINT64_MAX;

	return owner && owner->at < due ? owner->at : due;
}

uint64_t alertbook_pass(struct alertbook *book, uint64_t now, bool (*over)(void *arg), void *arg)
{
	struct alertbook_entry *entry;

	while ((entry = ordered_first(book->due, by_due)) && entry->at <= now) {
		not_due(book, entry);
		/* An entry that is still to be sent or run becomes due again by told(). */
		if (!look_again(book, entry, now) && !entry->news)
			forget(book, entry);
		if (is_over(over, arg))
			return now;
	}
	if (forget_owners(book, now, over, arg))
		return now;
	return alertbook_due(book);
}

struct alertbook_entry *alertbook_next(const struct alertbook *book,
				       const struct alertbook_entry *entry)
{
	size_t i = 0;

	if (entry && entry->next)
		return entry->next;
	if (entry)
		i = (size_t)(bucket_of((struct alertbook *)book, entry->uid, entry->guest,
				       entry->alert) -
			     book->buckets) +
		    1;
	while (i < ALERTBOOK_BUCKETS && !book->buckets[i])
		i++;
	return i < ALERTBOOK_BUCKETS ? book->buckets[i] : NULL;
}

struct alertbook_owner *alertbook_next_owner(const struct alertbook *book,
					     const struct alertbook_owner *owner)
{
	size_t i = owner ? owner->uid % ALERTBOOK_BUCKETS + 1 : 0;

	if (owner && LIST_NEXT(owner, in_bucket))
		return LIST_NEXT(owner, in_bucket);
	while (i < ALERTBOOK_BUCKETS && LIST_EMPTY(&book->owners[i]))
		i++;
	return i < ALERTBOOK_BUCKETS ? LIST_FIRST(&book->owners[i]) : NULL;
}

/* It was sent, or its command was started or dropped. */
static void told(struct alertbook *book, struct alertbook_entry *entry)
{
	if (!entry->send && !entry->run) {
		alertnews_free(entry->news);
		entry->news = NULL;
	}
	due_at(book, entry, entry->until);
}

static void end_run(struct alertbook *book, struct alertbook_entry *entry)
{
	if (!entry->run)
		return;
	TAILQ_REMOVE(&entry->owner->to_run, entry, in_owner);
	entry->run = false;
	told(book, entry);
}

void alertbook_not_run(struct alertbook *book, struct alertbook_entry *entry)
{
	end_run(book, entry);
	if (TAILQ_EMPTY(&entry->owner->to_run))
		unplace(entry->owner);
}

/*
 * The entry of the owner whose command is most urgent. Drops commands that are not to be run any
 * more. NULL: none is left, or all of them wait.
 */
static struct alertbook_entry *worst_of(struct alertbook *book, struct alertbook_owner *owner,
					int (*rank)(const char *, void *), void *arg)
{
	struct alertbook_entry *entry = TAILQ_FIRST(&owner->to_run);
	struct alertbook_entry *worst = NULL;
	struct alertbook_entry *next;
	int rank_of_worst = 0;

	for (; entry; entry = next) {
		int its_rank = rank(entry->alert, arg);

		next = TAILQ_NEXT(entry, in_owner);
		if (its_rank < 0) {
			end_run(book, entry);
		} else if (!entry->news->waits && (!worst || its_rank < rank_of_worst)) {
			worst = entry;
			rank_of_worst = its_rank;
		}
	}
	return worst;
}

struct alertbook_entry *alertbook_turn(struct alertbook *book, uint64_t now,
				       int (*rank)(const char *alert, void *arg), void *arg,
				       uint64_t *next)
{
	struct alertbook_owner *owner;

	while ((owner = ordered_first(book->line, by_place)) && owner->at <= now) {
		struct alertbook_entry *entry = worst_of(book, owner, rank, arg);

		if (entry)
			return entry;
		/* It is queued again by alertbook_ready(), or by its next match. */
		unplace(owner);
	}
	if (owner && owner->at < *next)
		*next = owner->at;
	return NULL;
}

void alertbook_ran(struct alertbook *book, struct alertbook_entry *entry, uint64_t now,
		   uint64_t every)
{
	struct alertbook_owner *owner = entry->owner;

	owner->runs = true;
	owner->run_at = now + every;
	end_run(book, entry);
	unplace(owner);
}

void alertbook_ended(struct alertbook *book, uid_t owner, uint64_t now)
{
	struct alertbook_owner *it = find_owner(book, owner);

	if (!it)
		return;
	it->runs = false;
	place(book, it, now);
}

void alertbook_counted(struct alertbook *book, struct alertbook_entry *entry)
{
	if (entry->news->waits)
		put_in(entry, NULL);
	else
		put_in(entry, entry->said ? &book->said : &book->to_send);
}

void alertbook_ready(struct alertbook *book, const struct alertnews *news, uint64_t now,
		     void (*ready)(struct alertbook_entry *entry, void *arg), void *arg)
{
	struct alertbook_entry *entry = news->entry;

	/* @news may be the entry's @later. */
	if (!entry->news || entry->news->waits)
		return;
	if (entry->run)
		place(book, entry->owner, now);
	if (entry->send && !entry->list)
		put_in(entry, &book->to_send);
	if (entry->send)
		ready(entry, arg);
}

void alertbook_said(struct alertbook *book, struct alertbook_entry *entry)
{
	entry->said = true;
	put_in(entry, &book->said);
}

void alertbook_sent(struct alertbook *book, struct alertbook_entry *entry)
{
	put_in(entry, NULL);
	entry->send = false;
	entry->said = false;
	told(book, entry);
}

void alertbook_resume(struct alertbook *book, struct alertbook_entry *entry, bool counted,
		      uint64_t now)
{
	bool run = entry->run && entry->news;

	if (entry->news)
		entry->news->entry = entry;
	if (entry->later)
		entry->later->entry = entry;
	/* Whether there is a command is known when its turn comes. */
	entry->command = true;
	entry->send &= entry->news != NULL;
	entry->run = false;
	if (run) {
		TAILQ_INSERT_TAIL(&entry->owner->to_run, entry, in_owner);
		entry->run = true;
		place(book, entry->owner, now);
	}
	if (entry->send && counted)
		alertbook_counted(book, entry);
	else if (entry->send)
		put_in(entry, &book->fresh);
	told(book, entry);
}

void alertbook_free(struct alertbook *book)
{
	ordered_free(&book->due);
	ordered_free(&book->line);
	ordered_free(&book->idle);
	for (size_t i = 0; i < ALERTBOOK_BUCKETS; i++) {
		struct alertbook_entry *entry;

		while ((entry = book->buckets[i])) {
			book->buckets[i] = entry->next;
			free_entry(entry);
		}
	}
	for (size_t i = 0; i < ALERTBOOK_BUCKETS; i++) {
		struct alertbook_owner *owner;

		while ((owner = LIST_FIRST(&book->owners[i]))) {
			LIST_REMOVE(owner, in_bucket);
			free(owner);
		}
	}
	alertbook_begin(book);
}
