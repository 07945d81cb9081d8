// SPDX-License-Identifier: GPL-2.0-only
/*
 * libsubid is not asked: it reads the file anew for each question, and what subordinate uids a
 * host on the network gives is asked for while everybody waits.
 */
#include "base/payers.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/regular.h"

/* For so long it is not looked whether the file is another one, */
#define FILE_HOLDS_MS 1000

/* nor for a user who was not found. */
#define USER_HOLDS_MS 10000

/* More are not read: a host has no more uids than that, in parts that are of use. */
#define RANGES_MAX 65536

/* What container managers give to one container. */
#define CONTAINER 65536

struct range {
	uint32_t first;
	uint32_t last;
	bool known;
	uid_t payer;	  /* if so */
	uint64_t look_ms; /* or else not before */
	char *user;
};

static struct {
	struct range *ranges; /* by number, and none is in another */
	size_t count;
	struct stat file;
	uint64_t look_ms;
	bool looked;
} all;

static bool number(const char *text, char end, uint64_t *value)
{
	char *behind;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &behind, 10);
	return !errno && *behind == end;
}

/* USER:FIRST:COUNT; false: nothing of use, which no tool that reads the file tells of either. */
static bool get_range(char *line, struct range *range)
{
	char *first = strchr(line, ':');
	char *count = first ? strchr(first + 1, ':') : NULL;
	uint64_t from;
	uint64_t many;

	line[strcspn(line, "\n")] = '\0';
	if (!count || first == line || *line == '#')
		return false;
	*first++ = '\0';
	if (!number(first, ':', &from) || !number(count + 1, '\0', &many))
		return false;
	/* The last number is nobody's. */
	if (!many || from >= UINT32_MAX)
		return false;
	*range = (struct range){ .first = (uint32_t)from, .last = UINT32_MAX - 1 };
	if (many <= range->last - from)
		range->last = (uint32_t)(from + many - 1);
	return true;
}

static bool add(const struct range *range, const char *user)
{
	struct range *ranges = all.ranges;

	/* As a power of two. */
	if (!(all.count & (all.count - 1))) {
		ranges = reallocarray(ranges, all.count ? 2 * all.count : 1, sizeof(*ranges));
		if (!ranges)
			return false;
		all.ranges = ranges;
	}
	ranges[all.count] = *range;
	ranges[all.count].user = strdup(user);
	if (!ranges[all.count].user)
		return false;
	all.count++;
	return true;
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a;
	const struct range *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->last > y->last ? -1 : x->last < y->last;
}

/* Where two have the same, it is of the one that begins first. */
static void part(void)
{
	size_t kept = 0;
	uint64_t next = 0;

	if (all.count)
		qsort(all.ranges, all.count, sizeof(*all.ranges), by_first);
	for (size_t i = 0; i < all.count; i++) {
		struct range *range = &all.ranges[i];

		if (range->last < next) {
			free(range->user);
			continue;
		}
		if (range->first < next)
			range->first = (uint32_t)next;
		next = (uint64_t)range->last + 1;
		all.ranges[kept++] = *range;
	}
	all.count = kept;
}

static void forget(void)
{
	for (size_t i = 0; i < all.count; i++)
		free(all.ranges[i].user);
	free(all.ranges);
	all.ranges = NULL;
	all.count = 0;
}

static void read_all(FILE *file)
{
	struct range range;
	char line[512];
	bool whole = true;

	while (all.count < RANGES_MAX && fgets(line, sizeof(line), file)) {
		bool begins = whole;

		whole = strchr(line, '\n') || feof(file);
		if (begins && whole && get_range(line, &range) && !add(&range, line))
			break;
	}
	part();
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Without it, or while it cannot be read, each is for itself. */
static void look(uint64_t now)
{
	struct stat st = { 0 };
	FILE *file;

	if (all.looked && now < all.look_ms)
		return;
	all.look_ms = now + FILE_HOLDS_MS;
	if (stat(payers_path(), &st))
		st = (struct stat){ 0 };
	if (all.looked && is_same(&st, &all.file))
		return;
	all.looked = true;
	forget();
	file = regular_fopen(payers_path());
	/* What is read, and no other that took its place. */
	if (file && !fstat(fileno(file), &st))
		read_all(file);
	if (file)
		fclose(file);
	all.file = st;
}

static struct range *find(uint32_t uid)
{
	size_t from = 0;
	size_t to = all.count;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (all.ranges[at].last < uid)
			from = at + 1;
		else
			to = at;
	}
	return from < all.count && all.ranges[from].first <= uid ? &all.ranges[from] : NULL;
}

/* Who is not found is looked for again, and the first of its uids is in its place. */
static void look_up(struct range *range, uint64_t now)
{
	const struct passwd *user;
	uint64_t uid;

	if (range->known || now < range->look_ms)
		return;
	range->look_ms = now + USER_HOLDS_MS;
	range->known = true;
	user = getpwnam(range->user);
	if (user) {
		range->payer = user->pw_uid;
	} else if (number(range->user, '\0', &uid) && uid < UINT32_MAX) {
		range->payer = (uid_t)uid;
	} else {
		range->payer = range->first;
		range->known = false;
	}
}

uid_t payer_of(uid_t uid)
{
	uint64_t now = clock_ms();
	struct range *range;

	look(now);
	range = find(uid);
	if (!range)
		return uid;
	look_up(range, now);
	if (range->payer)
		return range->payer;
	return range->first + (uid - range->first) / CONTAINER * CONTAINER;
}
