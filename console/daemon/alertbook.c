// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/alertbook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The name under which guests that are too many are one: no guest can have it. */
#define OTHERS "\n"

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

	while (entry && (entry->owner->uid != uid || strcmp(entry->guest, guest) ||
			 strcmp(entry->alert, alert)))
		entry = entry->next;
	return entry;
}

struct alertbook_owner *alertbook_owner(struct alertbook *book, uid_t uid)
{
	struct alertbook_owner **link = &book->owners;

	while (*link && (*link)->uid != uid)
		link = &(*link)->next;
	if (!*link) {
		*link = calloc(1, sizeof(**link));
		if (*link)
			(*link)->uid = uid;
	}
	return *link;
}

struct alertbook_entry *alertbook_add(struct alertbook *book, uid_t uid, const char *guest,
				      const char *alert)
{
	struct alertbook_entry *entry = alertbook_find(book, uid, guest, alert);
	struct alertbook_owner *owner = entry ? NULL : alertbook_owner(book, uid);
	struct alertbook_entry **bucket;

	if (!owner)
		return entry;
	if (owner->entries >= ALERTBOOK_OWNER_MAX) {
		guest = OTHERS;
		entry = alertbook_find(book, uid, guest, alert);
		if (entry)
			return entry;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	bucket = bucket_of(book, uid, guest, alert);
	entry->next = *bucket;
	*bucket = entry;
	entry->owner = owner;
	owner->entries++;
	strncpy(entry->guest, guest, sizeof(entry->guest) - 1);
	strncpy(entry->alert, alert, sizeof(entry->alert) - 1);
	return entry;
}

static void free_entry(struct alertbook_entry *entry)
{
	alertnews_free(entry->news);
	alertnews_free(entry->later);
	entry->owner->entries--;
	free(entry);
}

/* From now on it is told, and then nothing for a while. */
static void begin(struct alertbook_entry *entry, uint64_t count, uint64_t now)
{
	/* A run that waits is for what comes meanwhile as well, and has its place. */
	if (!entry->run) {
		entry->since = now;
		entry->run_count = 0;
	}
	entry->run_count += count;
	entry->count = count;
	entry->until = now + entry->quiet;
	entry->send = true;
	entry->counted = false;
	entry->run = true;
}

int alertbook_seen(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		   uint64_t quiet, uint64_t now, struct alertnews **wanted)
{
	struct alertbook_entry *entry = alertbook_add(book, uid, guest, alert);
	struct alertnews **news;

	*wanted = NULL;
	if (!entry)
		return -ENOMEM;
	entry->quiet = quiet;
	/* It is about to be told, or will be when its time is over. */
	if (entry->until > now || entry->news) {
		if (entry->again++)
			return 0;
		news = &entry->later;
	} else {
		news = &entry->news;
	}
	*news = alertnews_new(&entry->owner->after);
	if (!*news)
		return -ENOMEM;
	*wanted = *news;
	if (news == &entry->later)
		return 0;
	begin(entry, 1, now);
	return 1;
}

static void look_again(struct alertbook_entry *entry, uint64_t now)
{
	if (entry->until > now || !entry->later || entry->send)
		return;
	alertnews_free(entry->news);
	entry->news = entry->later;
	entry->later = NULL;
	begin(entry, entry->again, now);
	entry->again = 0;
}

static void forget_owners(struct alertbook *book, uint64_t now)
{
	struct alertbook_owner **link = &book->owners;

	while (*link) {
		struct alertbook_owner *owner = *link;

		if (owner->entries || owner->runs || owner->run_at > now) {
			link = &owner->next;
		} else {
			*link = owner->next;
			free(owner);
		}
	}
}

uint64_t alertbook_pass(struct alertbook *book, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < ALERTBOOK_BUCKETS; i++) {
		struct alertbook_entry **link = &book->buckets[i];

		while (*link) {
			struct alertbook_entry *entry = *link;

			look_again(entry, now);
			if (entry->until <= now && !entry->news) {
				*link = entry->next;
				free_entry(entry);
				continue;
			}
			if (entry->until > now && entry->until < next)
				next = entry->until;
			link = &entry->next;
		}
	}
	forget_owners(book, now);
	return next;
}

struct alertbook_entry *alertbook_next(const struct alertbook *book,
				       const struct alertbook_entry *entry)
{
	size_t i = 0;

	if (entry && entry->next)
		return entry->next;
	if (entry)
		i = (size_t)(bucket_of((struct alertbook *)book, entry->owner->uid, entry->guest,
				       entry->alert) -
			     book->buckets) +
		    1;
	while (i < ALERTBOOK_BUCKETS && !book->buckets[i])
		i++;
	return i < ALERTBOOK_BUCKETS ? book->buckets[i] : NULL;
}

/* Where an owner is in the list: those in front have waited longer. */
static size_t place_of(const struct alertbook *book, const struct alertbook_owner *owner)
{
	size_t place = 0;

	for (const struct alertbook_owner *o = book->owners; o && o != owner; o = o->next)
		place++;
	return place;
}

static bool goes_before(const struct alertbook *book, const struct alertbook_entry *a,
			const struct alertbook_entry *b, int (*rank)(const char *, void *),
			void *arg)
{
	int by_rank = rank(a->alert, arg) - rank(b->alert, arg);

	if (a->owner != b->owner)
		return place_of(book, a->owner) < place_of(book, b->owner);
	return by_rank ? by_rank < 0 : a->since < b->since;
}

struct alertbook_entry *alertbook_turn(struct alertbook *book, uint64_t now,
				       int (*rank)(const char *alert, void *arg), void *arg,
				       uint64_t *next)
{
	struct alertbook_entry *entry = NULL;
	struct alertbook_entry *best = NULL;

	while ((entry = alertbook_next(book, entry))) {
		if (!entry->run || entry->news->waits || entry->owner->runs)
			continue;
		if (entry->owner->run_at > now) {
			if (entry->owner->run_at < *next)
				*next = entry->owner->run_at;
			continue;
		}
		if (!best || goes_before(book, entry, best, rank, arg))
			best = entry;
	}
	return best;
}

void alertbook_ran(struct alertbook *book, struct alertbook_entry *entry, uint64_t now,
		   uint64_t every)
{
	struct alertbook_owner **link = &book->owners;
	struct alertbook_owner *owner = entry->owner;

	while (*link != owner)
		link = &(*link)->next;
	*link = owner->next;
	while (*link)
		link = &(*link)->next;
	*link = owner;
	owner->next = NULL;
	owner->runs = true;
	owner->run_at = now + every;
	entry->run = false;
	alertbook_told(entry);
}

void alertbook_ended(struct alertbook *book, uid_t uid)
{
	for (struct alertbook_owner *owner = book->owners; owner; owner = owner->next)
		if (owner->uid == uid)
			owner->runs = false;
}

void alertbook_told(struct alertbook_entry *entry)
{
	if (entry->send || entry->run)
		return;
	alertnews_free(entry->news);
	entry->news = NULL;
}

void alertbook_free(struct alertbook *book)
{
	for (size_t i = 0; i < ALERTBOOK_BUCKETS; i++) {
		struct alertbook_entry *entry;

		while ((entry = book->buckets[i])) {
			book->buckets[i] = entry->next;
			free_entry(entry);
		}
	}
	while (book->owners) {
		struct alertbook_owner *owner = book->owners;

		book->owners = owner->next;
		free(owner);
	}
}
