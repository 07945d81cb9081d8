// SPDX-License-Identifier: GPL-2.0-only
/*
 * This does not use libsubid, which reads the file again for each question, and asks for
 * subordinate uids that come from the network while everybody waits.
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

/* For this long the file is not checked for a new version. */
#define FILE_HOLDS_MS 1000

/* For this long a user who was not found is not looked up again. */
#define USER_HOLDS_MS 10000

/* Further ranges are ignored: a host does not have more uids, in ranges of a useful size. */
#define RANGES_MAX 65536

/* The uids that container managers give to one container. */
#define CONTAINER 65536

struct range {
	uint32_t first;
	uint32_t last;
	bool known;
	uid_t payer;	  /* if @known */
	uint64_t look_ms; /* if not: when to look again */
	char *user;
};

struct ranges {
	struct range *range; /* sorted, without overlaps */
	size_t count;
};

static struct {
	struct ranges ranges;
	struct stat file; /* the version that they were read from */
	bool looked;
	uint64_t look_ms; /* when to look again */
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

/* USER:FIRST:COUNT. False: the line is of no use; other tools do not report such lines, either. */
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
	/* The highest number is not a uid. */
	if (!many || from >= UINT32_MAX)
		return false;
	*range = (struct range){ .first = (uint32_t)from, .last = UINT32_MAX - 1 };
	if (many <= range->last - from)
		range->last = (uint32_t)(from + many - 1);
	return true;
}

static bool add(struct ranges *to, const struct range *range, const char *user)
{
	struct range *ranges = to->range;

	/* The array's size is a power of two. */
	if (!(to->count & (to->count - 1))) {
		ranges = reallocarray(ranges, to->count ? 2 * to->count : 1, sizeof(*ranges));
		if (!ranges)
			return false;
		to->range = ranges;
	}
	ranges[to->count] = *range;
	ranges[to->count].user = strdup(user);
	if (!ranges[to->count].user)
		return false;
	to->count++;
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

/* Where ranges overlap, the uids belong to the one that begins first. */
static void part(struct ranges *ranges)
{
	size_t kept = 0;
	uint64_t next = 0;

	if (ranges->count)
		qsort(ranges->range, ranges->count, sizeof(*ranges->range), by_first);
	for (size_t i = 0; i < ranges->count; i++) {
		struct range *range = &ranges->range[i];

		if (range->last < next) {
			free(range->user);
			continue;
		}
		if (range->first < next)
			range->first = (uint32_t)next;
		next = (uint64_t)range->last + 1;
		ranges->range[kept++] = *range;
	}
	ranges->count = kept;
}

static void forget(struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		free(ranges->range[i].user);
	free(ranges->range);
	*ranges = (struct ranges){ 0 };
}

/* False: not all of it could be read. */
static bool read_all(FILE *file, struct ranges *ranges)
{
	struct range range;
	char line[512];
	bool whole = true;

	while (ranges->count < RANGES_MAX && fgets(line, sizeof(line), file)) {
		bool begins = whole;

		whole = strchr(line, '\n') || feof(file);
		if (begins && whole && get_range(line, &range) && !add(ranges, &range, line))
			return false;
	}
	part(ranges);
	return !ferror(file);
}

/* Reads the file; a missing file has no ranges. False: it cannot be read now. */
static bool read_file(struct ranges *ranges, struct stat *st)
{
	FILE *file = regular_fopen(payers_path());
	bool all_of_it;

	*st = (struct stat){ 0 };
	if (!file)
		return errno == ENOENT;
	/* Of the file that is read, not of one that has taken its place. */
	all_of_it = !fstat(fileno(file), st) && read_all(file, ranges);
	fclose(file);
	return all_of_it;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Without the file, each user is charged alone. While it cannot be read, nothing changes. */
static void look(uint64_t now)
{
	struct ranges ranges = { 0 };
	struct stat st;

	if (now < all.look_ms)
		return;
	all.look_ms = now + FILE_HOLDS_MS;
	if (stat(payers_path(), &st))
		st = (struct stat){ 0 };
	if (all.looked && is_same(&st, &all.file))
		return;
	if (!read_file(&ranges, &st)) {
		forget(&ranges);
		return;
	}
	forget(&all.ranges);
	all.ranges = ranges;
	all.file = st;
	all.looked = true;
}

static struct range *find(uint32_t uid)
{
	struct range *range = all.ranges.range;
	size_t from = 0;
	size_t to = all.ranges.count;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (range[at].last < uid)
			from = at + 1;
		else
			to = at;
	}
	return from < all.ranges.count && range[from].first <= uid ? &range[from] : NULL;
}

/* A user who is not found is looked up again later; until then the range's first uid is charged. */
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
