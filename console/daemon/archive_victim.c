// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/archive_rank.h"

#include "daemon/ordered.h"

static int by_rank(const struct archive_guest *a, const struct archive_guest *b,
		   enum archive_measure measure)
{
	const struct archive_rank *x = &a->ranks[measure];
	const struct archive_rank *y = &b->ranks[measure];

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

static int by_bytes(const void *a, const void *b)
{
	return by_rank(a, b, ARCHIVE_BYTES);
}

static int by_files(const void *a, const void *b)
{
	return by_rank(a, b, ARCHIVE_FILES);
}

static int by_stillness(const void *a, const void *b)
{
	return by_rank(a, b, ARCHIVE_GUESTS);
}

static ordered_cmp *const guests_by[ARCHIVE_MEASURES] = { by_bytes, by_files, by_stillness };

static unsigned int doublings(uint64_t value)
{
	return value ? 64 - (unsigned int)__builtin_clzll(value) : 0;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The time of a guest's oldest archive; without one, when its logs were last written. */
static int64_t oldest_time(struct archive_guest *guest)
{
	const struct archive_file *file = archive_oldest(guest);
	int64_t time = INT64_MAX;

	if (file)
		return file->time;
	for (size_t i = 0; i < 2; i++)
		if (guest->live[i].exists)
			time = least(time, guest->live[i].time);
	return time;
}

static int64_t newest_time(const struct archive_guest *guest)
{
	int64_t time = guest->newest;

	for (size_t i = 0; i < 2; i++)
		if (guest->live[i].exists)
			time = most(time, guest->live[i].time);
	return time;
}

static uint64_t files_of(const struct archive_guest *guest)
{
	uint64_t files = 0;

	for (size_t i = 0; i < 2; i++)
		files += guest->logs[i].count + guest->live[i].exists;
	return files;
}

static void rank_guest(struct archive_guest *guest)
{
	struct archive_rank ranks[ARCHIVE_MEASURES] = {
		[ARCHIVE_BYTES] = { .size = doublings(guest->bytes + guest->live[0].bytes +
						      guest->live[1].bytes),
				    .time = oldest_time(guest) },
		[ARCHIVE_FILES] = { .size = doublings(files_of(guest)) },
		[ARCHIVE_GUESTS] = { .time = newest_time(guest) },
	};

	ranks[ARCHIVE_FILES].time = ranks[ARCHIVE_BYTES].time;
	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		if (guest->ranks[m].in)
			ordered_take(&guest->owner->guests[m], guest, guests_by[m]);
		guest->ranks[m] = ranks[m];
		if (archive_is_there(guest) && !(guest->unable & 1u << m))
			guest->ranks[m].in =
				ordered_put(&guest->owner->guests[m], guest, guests_by[m]);
	}
}

void archive_rehome(struct archive *archive, struct archive_guest *guest)
{
	struct archive_owner *was = guest->owner;
	struct archive_owner *now = archive_get_owner(archive, logname_uid(guest->base));
	const uint64_t has[] = {
		[ARCHIVE_BYTES] = guest->bytes + guest->live[0].bytes + guest->live[1].bytes,
		[ARCHIVE_FILES] = files_of(guest),
	};

	if (!now || now == was)
		return;
	for (int m = 0; m < ARCHIVE_MEASURES; m++) {
		if (guest->ranks[m].in)
			ordered_take(&was->guests[m], guest, guests_by[m]);
		guest->ranks[m].in = false;
	}
	if (guest->counted)
		archive_count_guest(archive, guest, -(uint64_t)1);
	guest->counted = false;
	guest->owner = now;
	was->entries--;
	now->entries++;
	for (int m = ARCHIVE_BYTES; m <= ARCHIVE_FILES; m++) {
		was->total[m] -= has[m];
		now->total[m] += has[m];
	}
	archive_rank_owner(archive, was);
	archive_put_owner(archive, was);
	archive_changed(archive, guest);
}

static void settle(struct archive *archive)
{
	struct archive_guest *guest;

	while ((guest = archive->changed)) {
		archive->changed = guest->next_changed;
		guest->changed = false;
		rank_guest(guest);
		archive_rank_owner(archive, guest->owner);
		if (!archive_is_there(guest))
			archive_free_guest(archive, guest);
	}
}

struct archive_guest *archive_victim_of(struct archive *archive, int64_t uid,
					enum archive_measure measure)
{
	struct archive_owner *owner;

	settle(archive);
	owner = archive_owner(archive, uid);
	return owner ? ordered_first(owner->guests[measure], guests_by[measure]) : NULL;
}

/* What the owners cannot use, as it is nobody's. */
static uint64_t of_nobody(const struct archive *archive, enum archive_measure measure)
{
	if (measure == ARCHIVE_BYTES)
		return archive->small.bytes;
	return measure == ARCHIVE_FILES ? archive->small.files : 0;
}

/* How much of a guest goes first. */
static uint64_t first_part(struct archive_guest *guest, enum archive_measure measure)
{
	const struct archive_file *file = archive_oldest(guest);

	if (measure != ARCHIVE_BYTES)
		return 1;
	return file ? file->bytes : guest->live[0].bytes + guest->live[1].bytes;
}

struct archive_guest *archive_victim(struct archive *archive, enum archive_measure measure,
				     uint64_t limit)
{
	struct archive_guest *of_most = NULL;
	struct archive_owner *owner;
	uint64_t share;

	settle(archive);
	/* Owners without a log do not count. */
	if (!archive->owner_count)
		return NULL;
	limit = limit > of_nobody(archive, measure) ? limit - of_nobody(archive, measure) : 0;
	share = limit / archive->owner_count;
	owner = ordered_first(archive->most[measure], archive_owners_by[measure]);
	for (; owner && owner->total[measure] > share;
	     owner = ordered_after(archive->most[measure], owner, archive_owners_by[measure])) {
		struct archive_guest *guest;

		guest = ordered_first(owner->guests[measure], guests_by[measure]);
		if (guest && owner->total[measure] >= share + first_part(guest, measure))
			return guest;
		if (!of_most)
			of_most = guest;
	}
	return of_most;
}

void archive_unable(struct archive *archive, struct archive_guest *guest,
		    enum archive_measure measure)
{
	guest->unable |= 1u << measure;
	archive_changed(archive, guest);
}
