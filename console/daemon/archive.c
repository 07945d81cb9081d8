// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/archive.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/archive_rank.h"
#include "daemon/ordered.h"

/* For each guest. */
#define STUCK_MAX 8

static int by_base(const void *a, const void *b)
{
	const struct archive_guest *x = a;
	const struct archive_guest *y = b;

	return strcmp(x->base, y->base);
}

/* A key to search for a guest. */
union like_guest {
	struct archive_guest guest;
	char room[sizeof(struct archive_guest) + LOGNAME_SIZE];
};

static const struct archive_guest *like(union like_guest *like, const char *base)
{
	snprintf(like->room + offsetof(struct archive_guest, base), LOGNAME_SIZE, "%s", base);
	return &like->guest;
}

struct archive_guest *archive_guest(const struct archive *archive, const char *base)
{
	union like_guest room;

	return ordered_find(archive->guests, like(&room, base), by_base);
}

struct archive_guest *archive_guest_after(const struct archive *archive, const char *base)
{
	union like_guest room;

	return ordered_after(archive->guests, like(&room, base), by_base);
}

/* @owner: NULL for what is nobody's. */
static void add_small(struct archive *archive, struct archive_owner *owner, int64_t bytes,
		      int64_t files)
{
	struct archive_small *small = owner ? &owner->small : &archive->small;

	/* No more can go than was counted. */
	if (bytes < 0 && (uint64_t)-bytes > small->bytes)
		bytes = -(int64_t)small->bytes;
	if (files < 0 && (uint64_t)-files > small->files)
		files = -(int64_t)small->files;
	small->bytes += (uint64_t)bytes;
	small->files += (uint64_t)files;
	archive->total[ARCHIVE_BYTES] += (uint64_t)bytes;
	archive->total[ARCHIVE_FILES] += (uint64_t)files;
	if (!owner)
		return;
	owner->total[ARCHIVE_BYTES] += (uint64_t)bytes;
	owner->total[ARCHIVE_FILES] += (uint64_t)files;
	archive_rank_owner(archive, owner);
	archive_put_owner(archive, owner);
}

/* NULL: it is nobody's, or there is no memory. */
static struct archive_owner *owner_of_small(struct archive *archive, int64_t uid)
{
	return uid == ARCHIVE_NOBODY ? NULL : archive_get_owner(archive, uid);
}

void archive_small(struct archive *archive, int64_t uid, int64_t bytes, int64_t files)
{
	add_small(archive, owner_of_small(archive, uid), bytes, files);
}

void archive_small_begin(struct archive *archive)
{
	archive->small_look++;
	archive->small_behind = INT64_MIN;
	archive->small_seen = (struct archive_small){ 0 };
}

/* What the present count has seen; drops what is left of one that was not completed. */
static struct archive_small *seen_of(struct archive *archive, struct archive_owner *owner)
{
	if (owner->small_look != archive->small_look)
		owner->small_seen = (struct archive_small){ 0 };
	owner->small_look = archive->small_look;
	return &owner->small_seen;
}

void archive_small_saw(struct archive *archive, int64_t uid, uint64_t bytes)
{
	struct archive_owner *owner = owner_of_small(archive, uid);
	struct archive_small *seen = owner ? seen_of(archive, owner) : &archive->small_seen;

	seen->bytes += bytes;
	seen->files++;
}

/*
 * The uid may be charged to another owner by now: then nothing was seen for this one, and what it
 * had goes.
 */
static void count_as_seen(struct archive *archive, struct archive_owner *owner)
{
	struct archive_small *small = owner ? &owner->small : &archive->small;
	struct archive_small *seen = owner ? seen_of(archive, owner) : &archive->small_seen;
	int64_t bytes = (int64_t)(seen->bytes - small->bytes);
	int64_t files = (int64_t)(seen->files - small->files);

	*seen = (struct archive_small){ 0 };
	add_small(archive, owner, bytes, files);
}

bool archive_small_end(struct archive *archive)
{
	struct archive_owner *owner = archive_owner_after(archive, archive->small_behind);

	if (owner)
		archive->small_behind = owner->uid;
	count_as_seen(archive, owner);
	return owner;
}

static struct archive_guest *get_guest(struct archive *archive, const char *base)
{
	struct archive_guest *guest = archive_guest(archive, base);
	size_t len = strlen(base);

	if (guest || len >= LOGNAME_SIZE)
		return guest;
	guest = calloc(1, sizeof(*guest) + len + 1);
	if (!guest)
		return NULL;
	memcpy(guest->base, base, len);
	guest->owner = archive_get_owner(archive, logname_uid(base));
	if (!guest->owner) {
		free(guest);
		return NULL;
	}
	if (!ordered_put(&archive->guests, guest, by_base)) {
		archive_put_owner(archive, guest->owner);
		free(guest);
		return NULL;
	}
	guest->nth = archive->guests_ever++;
	guest->owner->entries++;
	return guest;
}

void archive_free_guest(struct archive *archive, struct archive_guest *guest)
{
	struct archive_owner *owner = guest->owner;

	ordered_take(&archive->guests, guest, by_base);
	free(guest);
	owner->entries--;
	archive_put_owner(archive, owner);
}

static void free_all_of(void *item)
{
	struct archive_guest *guest = item;

	ordered_free(&guest->logs[0].twins);
	ordered_free(&guest->logs[1].twins);
	tdestroy(guest->logs[0].files, free);
	tdestroy(guest->logs[1].files, free);
	free(guest);
}

static void free_owner(void *item)
{
	struct archive_owner *owner = item;

	for (int m = 0; m < ARCHIVE_MEASURES; m++)
		ordered_free(&owner->guests[m]);
	free(owner);
}

void archive_free(struct archive *archive)
{
	for (int m = 0; m < ARCHIVE_MEASURES; m++)
		ordered_free(&archive->most[m]);
	ordered_free(&archive->todo);
	tdestroy(archive->guests, free_all_of);
	tdestroy(archive->owners, free_owner);
	*archive = (struct archive){ 0 };
}

/* By number; of both forms of one archive the packed one is second. */
static int by_number(const void *a, const void *b)
{
	const struct archive_file *x = a;
	const struct archive_file *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->packed - y->packed;
}

/* The differences wrap: a decrease is added as its two's complement. */
static void count(struct archive *archive, struct archive_guest *guest, uint64_t bytes,
		  uint64_t files)
{
	guest->owner->total[ARCHIVE_BYTES] += bytes;
	guest->owner->total[ARCHIVE_FILES] += files;
	archive->total[ARCHIVE_BYTES] += bytes;
	archive->total[ARCHIVE_FILES] += files;
	archive_changed(archive, guest);
}

static int by_turn(const void *a, const void *b)
{
	const struct archive_file *x = a;
	const struct archive_file *y = b;

	if (x->retry != y->retry)
		return x->retry < y->retry ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void set_todo(struct archive *archive, struct archive_file *file)
{
	bool todo = file->guest->compress && !file->packed && !file->busy;

	if (todo == file->todo)
		return;
	if (file->todo)
		ordered_take(&archive->todo, file, by_turn);
	file->todo = todo && ordered_put(&archive->todo, file, by_turn);
}

/* The packed or unpacked archive with the number of @file. */
static struct archive_file *find_file(const struct archive_log *log,
				      const struct archive_file *file, bool packed)
{
	struct archive_file like_it = { .seq = file->seq, .time = file->time, .packed = packed };

	return ordered_find(log->files, &like_it, by_number);
}

static void set_twin(struct archive_log *log, struct archive_file *file, bool twin)
{
	if (file->twin)
		ordered_take(&log->twins, file, by_number);
	file->twin = twin && ordered_put(&log->twins, file, by_number);
}

static bool put_file(struct archive_guest *guest, struct archive_file *file)
{
	struct archive_log *log = &guest->logs[file->clean];
	struct archive_file *other;

	if (!ordered_put(&log->files, file, by_number))
		return false;
	log->count++;
	other = find_file(log, file, !file->packed);
	if (other)
		set_twin(log, file->packed ? file : other, true);
	return true;
}

struct archive_file *archive_add(struct archive *archive, const struct logname *name,
				 uint64_t bytes)
{
	struct archive_guest *guest = get_guest(archive, name->base);
	struct archive_file *file = guest ? malloc(sizeof(*file)) : NULL;

	if (!guest)
		return NULL;
	if (file)
		*file = (struct archive_file){
			.guest = guest,
			.seq = name->seq,
			.time = name->time,
			.bytes = bytes,
			.clean = name->clean,
			.packed = name->packed,
			.seen = archive->seen,
		};
	if (!file || !put_file(guest, file)) {
		free(file);
		archive_changed(archive, guest);
		return NULL;
	}
	if (name->seq > guest->last)
		guest->last = name->seq;
	if (name->time > guest->newest)
		guest->newest = name->time;
	guest->bytes += bytes;
	count(archive, guest, bytes, 1);
	/* This one can be removed. */
	archive_able(archive, guest);
	set_todo(archive, file);
	return file;
}

static void unstick(struct archive_file *file)
{
	struct archive_guest *guest = file->guest;

	if (!file->stuck)
		return;
	file->stuck = false;
	guest->logs[file->clean].stuck--;
	guest->stuck_bytes -= file->bytes;
}

void archive_remove(struct archive *archive, struct archive_file *file)
{
	struct archive_guest *guest = file->guest;
	struct archive_log *log = &guest->logs[file->clean];
	struct archive_file *other = file->packed ? file : find_file(log, file, true);

	/* It is alone from now on, or goes itself. */
	if (other)
		set_twin(log, other, false);
	ordered_take(&log->files, file, by_number);
	log->count--;
	if (file->todo)
		ordered_take(&archive->todo, file, by_turn);
	unstick(file);
	guest->bytes -= file->bytes;
	count(archive, guest, -file->bytes, -(uint64_t)1);
	free(file);
}

void archive_size(struct archive *archive, struct archive_file *file, uint64_t bytes)
{
	struct archive_guest *guest = file->guest;
	uint64_t more = bytes - file->bytes;

	file->bytes = bytes;
	guest->bytes += more;
	if (file->stuck)
		guest->stuck_bytes += more;
	count(archive, guest, more, 0);
}

void archive_packed(struct archive *archive, struct archive_file *file, uint64_t bytes)
{
	struct archive_guest *guest = file->guest;
	struct archive_log *log = &guest->logs[file->clean];
	struct archive_file *before = find_file(log, file, true);

	/* A file that had the new name was replaced. */
	if (before)
		archive_remove(archive, before);
	/* Whether this one can be removed is unknown again. */
	unstick(file);
	set_twin(log, file, false);
	archive_size(archive, file, bytes);
	file->err = 0;
	if (file->todo)
		ordered_take(&archive->todo, file, by_turn);
	file->todo = false;
	/* It keeps its place in the order. */
	ordered_take(&log->files, file, by_number);
	log->count--;
	file->packed = true;
	/* A scan under way may look for the new name where it has been already. */
	file->seen = archive->seen;
	put_file(guest, file);
}

bool archive_live(struct archive *archive, const char *base, bool clean,
		  const struct archive_live *live)
{
	struct archive_guest *guest = archive_guest(archive, base);
	struct archive_live was;

	if (!guest && live->exists)
		guest = get_guest(archive, base);
	if (!guest)
		return !live->exists;
	was = guest->live[clean];
	guest->live[clean] = *live;
	count(archive, guest, live->bytes - was.bytes, (uint64_t)live->exists - was.exists);
	return true;
}

uint64_t archive_next(const struct archive *archive, const char *base)
{
	const struct archive_guest *guest = archive_guest(archive, base);

	return guest ? guest->last + 1 : 1;
}

struct archive_file *archive_find(const struct archive *archive, const struct logname *name)
{
	const struct archive_guest *guest = archive_guest(archive, name->base);
	struct archive_file like_it = { .seq = name->seq, .time = name->time };
	struct archive_file *file = NULL;

	for (int other = 0; guest && !file && other < 2; other++) {
		like_it.packed = name->packed != other;
		file = ordered_find(guest->logs[name->clean].files, &like_it, by_number);
	}
	return file;
}

struct archive_file *archive_file_after(const struct archive_guest *guest, bool clean,
					const struct archive_file *file)
{
	return ordered_after(guest->logs[clean].files, file, by_number);
}

void archive_name(const struct archive_file *file, struct logname *name)
{
	*name = (struct logname){
		.clean = file->clean,
		.time = file->time,
		.seq = file->seq,
		.packed = file->packed,
	};
	strcpy(name->base, file->guest->base);
}

/* The oldest archive of one log, without those that could not be removed. */
static struct archive_file *oldest_of(const struct archive_guest *guest, bool clean)
{
	struct archive_file *file = archive_file_after(guest, clean, NULL);

	while (file && file->stuck)
		file = archive_file_after(guest, clean, file);
	return file;
}

struct archive_file *archive_oldest(struct archive_guest *guest)
{
	struct archive_file *raw = oldest_of(guest, false);
	struct archive_file *clean = oldest_of(guest, true);

	if (!raw || !clean)
		return raw ? raw : clean;
	return clean->seq < raw->seq ? clean : raw;
}

struct archive_file *archive_excess(struct archive_guest *guest,
				    const struct archive_limits *limits)
{
	struct archive_file *oldest;

	for (size_t clean = 0; limits->files && clean < 2; clean++) {
		const struct archive_log *log = &guest->logs[clean];

		/* Stuck ones do not count: otherwise each new one would have to go for them. */
		if (log->count - log->stuck > limits->files)
			return oldest_of(guest, clean);
	}
	oldest = archive_oldest(guest);
	if (!oldest || (limits->bytes && guest->bytes - guest->stuck_bytes > limits->bytes))
		return oldest;
	return oldest->time < limits->since && oldest->time >= limits->from ? oldest : NULL;
}

bool archive_stuck(struct archive *archive, struct archive_file *file)
{
	struct archive_guest *guest = file->guest;

	if (!file->stuck) {
		file->stuck = true;
		guest->logs[file->clean].stuck++;
		guest->stuck_bytes += file->bytes;
	}
	archive_changed(archive, guest);
	return guest->logs[0].stuck + guest->logs[1].stuck < STUCK_MAX;
}

void archive_able(struct archive *archive, struct archive_guest *guest)
{
	if (!guest->unable && !guest->logs[0].stuck && !guest->logs[1].stuck)
		return;
	guest->unable = 0;
	for (size_t clean = 0; clean < 2; clean++) {
		struct archive_file *file = archive_file_after(guest, clean, NULL);

		for (; file && guest->logs[clean].stuck;
		     file = archive_file_after(guest, clean, file))
			unstick(file);
	}
	archive_changed(archive, guest);
}

struct archive_file *archive_twin(struct archive_guest *guest)
{
	struct archive_file *raw = ordered_first(guest->logs[0].twins, by_number);

	return raw ? raw : ordered_first(guest->logs[1].twins, by_number);
}

bool archive_compress(struct archive *archive, struct archive_guest *guest, bool compress)
{
	if (guest->compress == compress)
		return false;
	guest->compress = compress;
	for (size_t clean = 0; clean < 2; clean++) {
		struct archive_file *file = archive_file_after(guest, clean, NULL);

		for (; file; file = archive_file_after(guest, clean, file))
			set_todo(archive, file);
	}
	return true;
}

struct archive_file *archive_wanted(const struct archive *archive)
{
	return ordered_first(archive->todo, by_turn);
}

void archive_begin(struct archive *archive, struct archive_file *file)
{
	file->busy = true;
	set_todo(archive, file);
}

void archive_end(struct archive *archive, struct archive_file *file, int64_t retry)
{
	/* Its place depends on @retry. */
	if (file->todo)
		ordered_take(&archive->todo, file, by_turn);
	file->todo = false;
	file->busy = false;
	file->retry = retry;
	set_todo(archive, file);
}
