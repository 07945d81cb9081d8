// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/archive.h"

#include <stdlib.h>
#include <string.h>

bool archive_add(struct archive *archive, const struct logname *name, uint64_t size)
{
	struct archive_file *files = archive->files;

	if (archive->count == archive->room) {
		archive->room = archive->room ? archive->room * 2 : 64;
		files = reallocarray(files, archive->room, sizeof(*files));
		if (!files) {
			archive->room = archive->count;
			return false;
		}
		archive->files = files;
	}
	files[archive->count++] = (struct archive_file){ .name = *name, .size = size };
	archive->bytes += size;
	return true;
}

void archive_remove(struct archive *archive, size_t index)
{
	archive->bytes -= archive->files[index].size;
	archive->files[index] = archive->files[--archive->count];
}

void archive_free(struct archive *archive)
{
	free(archive->files);
	*archive = (struct archive){ 0 };
}

static bool same_guest(const struct archive_file *file, const char *base)
{
	return !strcmp(file->name.base, base);
}

uint64_t archive_next(const struct archive *archive, const char *base)
{
	uint64_t last = 0;

	for (size_t i = 0; i < archive->count; i++)
		if (same_guest(&archive->files[i], base) && archive->files[i].name.seq > last)
			last = archive->files[i].name.seq;
	return last + 1;
}

size_t archive_find(const struct archive *archive, const struct logname *name)
{
	for (size_t i = 0; i < archive->count; i++) {
		const struct archive_file *file = &archive->files[i];

		if (same_guest(file, name->base) && file->name.clean == name->clean &&
		    file->name.seq == name->seq && file->name.time == name->time)
			return i;
	}
	return SIZE_MAX;
}

/* Of one guest by number; of several by time, as far as clocks tell. */
static bool older(const struct archive_file *a, const struct archive_file *b)
{
	if (same_guest(a, b->name.base))
		return a->name.seq < b->name.seq;
	return a->name.time < b->name.time;
}

enum which {
	ANY,
	RAW,
	CLEAN,
};

/* The oldest file of a guest, or of one of its logs, that may go. */
static size_t oldest(const struct archive *archive, const char *base, enum which which)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < archive->count; i++) {
		const struct archive_file *file = &archive->files[i];

		if (!file->busy && same_guest(file, base) &&
		    (which == ANY || file->name.clean == (which == CLEAN)) &&
		    (found == SIZE_MAX || older(file, &archive->files[found])))
			found = i;
	}
	return found;
}

size_t archive_excess(const struct archive *archive, const char *base,
		      const struct archive_limits *limits)
{
	uint64_t raw = 0, clean = 0, bytes = 0;
	size_t first;

	for (size_t i = 0; i < archive->count; i++) {
		const struct archive_file *file = &archive->files[i];

		if (!same_guest(file, base))
			continue;
		bytes += file->size;
		if (file->name.clean)
			clean++;
		else
			raw++;
	}
	if (limits->files && raw > limits->files)
		return oldest(archive, base, RAW);
	if (limits->files && clean > limits->files)
		return oldest(archive, base, CLEAN);
	first = oldest(archive, base, ANY);
	if (first == SIZE_MAX)
		return SIZE_MAX;
	if (limits->bytes && bytes > limits->bytes)
		return first;
	return archive->files[first].name.time < limits->since ? first : SIZE_MAX;
}

static int by_guest(const void *a, const void *b)
{
	const struct archive_file *const *x = a;
	const struct archive_file *const *y = b;

	return strcmp((*x)->name.base, (*y)->name.base);
}

/* Calls @fn with each guest's files, which come one behind the other in @all. */
static void each_guest(struct archive_file *const *all, size_t count,
		       void (*fn)(struct archive_file *const *files, size_t count, void *arg),
		       void *arg)
{
	size_t first = 0;

	for (size_t i = 1; i <= count; i++) {
		if (i < count && same_guest(all[i], all[first]->name.base))
			continue;
		fn(all + first, i - first, arg);
		first = i;
	}
}

struct choice {
	uint64_t most; /* bytes of a guest */
	struct archive_file *victim;
};

static uint64_t sum(struct archive_file *const *files, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += files[i]->size;
	return bytes;
}

static void find_most(struct archive_file *const *files, size_t count, void *arg)
{
	struct choice *choice = arg;
	uint64_t bytes = sum(files, count);

	if (bytes > choice->most)
		choice->most = bytes;
}

static void find_victim(struct archive_file *const *files, size_t count, void *arg)
{
	struct choice *choice = arg;
	struct archive_file *first = NULL;

	if (sum(files, count) < choice->most / 2)
		return;
	for (size_t i = 0; i < count; i++)
		if (!files[i]->busy && (!first || older(files[i], first)))
			first = files[i];
	if (first && (!choice->victim || older(first, choice->victim)))
		choice->victim = first;
}

size_t archive_victim(const struct archive *archive)
{
	struct archive_file **all = reallocarray(NULL, archive->count + 1, sizeof(*all));
	struct choice choice = { 0 };

	/* Any then: the limit holds all the same. */
	if (!all)
		return archive->count ? oldest(archive, archive->files[0].name.base, ANY)
				      : SIZE_MAX;
	for (size_t i = 0; i < archive->count; i++)
		all[i] = &archive->files[i];
	if (archive->count) {
		qsort(all, archive->count, sizeof(struct archive_file *), by_guest);
		each_guest(all, archive->count, find_most, &choice);
		each_guest(all, archive->count, find_victim, &choice);
	}
	free(all);
	return choice.victim ? (size_t)(choice.victim - archive->files) : SIZE_MAX;
}

size_t archive_wanted(const struct archive *archive)
{
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < archive->count; i++) {
		const struct archive_file *file = &archive->files[i];

		if (file->wanted && !file->busy && !file->name.packed &&
		    (found == SIZE_MAX || older(file, &archive->files[found])))
			found = i;
	}
	return found;
}
