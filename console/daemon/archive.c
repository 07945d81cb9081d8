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

/* The guest with most bytes, or NULL. */
static const char *largest(const struct archive *archive)
{
	const struct archive_file **all = reallocarray(NULL, archive->count + 1, sizeof(*all));
	const char *found = NULL;
	uint64_t most = 0;
	uint64_t sum = 0;

	/* Any then: the limit holds all the same. */
	if (!all)
		return archive->count ? archive->files[0].name.base : NULL;
	for (size_t i = 0; i < archive->count; i++)
		all[i] = &archive->files[i];
	qsort(all, archive->count, sizeof(const struct archive_file *), by_guest);
	for (size_t i = 0; i < archive->count; i++) {
		if (i && strcmp(all[i]->name.base, all[i - 1]->name.base))
			sum = 0;
		sum += all[i]->size;
		if (sum >= most) {
			most = sum;
			found = all[i]->name.base;
		}
	}
	free(all);
	return found;
}

size_t archive_victim(const struct archive *archive)
{
	const char *base = largest(archive);

	return base ? oldest(archive, base, ANY) : SIZE_MAX;
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
