// SPDX-License-Identifier: GPL-2.0-only
#include "remote/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "source/marks.h"

/* Ranges without a gap that are kept; older ones are forgotten. */
#define RUNS 64

/* One mark for so many bytes that are kept, and at least so many marks. */
#define MARK_BYTES 64
#define MARKS_LEAST 16

/* Bytes without a gap between them. */
struct run {
	uint64_t pos; /* of the first */
	uint64_t at;  /* its number among all bytes that came */
};

struct mirror {
	size_t size;
	uint64_t start; /* of the first byte that came */
	uint64_t newest;
	uint64_t taken; /* bytes that came */
	struct run runs[RUNS];
	size_t run_count;
	struct marks marks;
	unsigned char bytes[];
};

struct mirror *mirror_new(size_t size)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror) + size);

	if (!mirror)
		return NULL;
	mirror->size = size;
	mirror->marks.size = size / MARK_BYTES;
	if (mirror->marks.size < MARKS_LEAST)
		mirror->marks.size = MARKS_LEAST;
	mirror->marks.all = calloc(mirror->marks.size, sizeof(*mirror->marks.all));
	if (!mirror->marks.all) {
		free(mirror);
		return NULL;
	}
	return mirror;
}

void mirror_free(struct mirror *mirror)
{
	if (!mirror)
		return;
	marks_free(&mirror->marks);
	free(mirror);
}

void mirror_begin(struct mirror *mirror, uint64_t pos)
{
	mirror->start = pos;
	mirror->newest = pos;
	mirror->taken = 0;
	mirror->run_count = 0;
	mirror->marks.made = 0;
}

uint64_t mirror_newest(const struct mirror *mirror)
{
	return mirror->newest;
}

/* The number, among all that came, of the first byte that is kept. */
static uint64_t first_kept(const struct mirror *mirror)
{
	uint64_t first = mirror->taken > mirror->size ? mirror->taken - mirror->size : 0;

	if (mirror->run_count && mirror->runs[0].at > first)
		return mirror->runs[0].at;
	return first;
}

/* The run that byte number @at of all is in; there is one. */
static const struct run *run_of(const struct mirror *mirror, uint64_t at)
{
	size_t i = mirror->run_count - 1;

	while (i && mirror->runs[i].at > at)
		i--;
	return &mirror->runs[i];
}

uint64_t mirror_oldest(const struct mirror *mirror)
{
	uint64_t first = first_kept(mirror);
	const struct run *run;

	if (!mirror->run_count)
		return mirror->newest;
	/* A gap before the first byte is reported with that byte. */
	if (!first)
		return mirror->start;
	run = run_of(mirror, first);
	return run->pos + (first - run->at);
}

bool mirror_add(struct mirror *mirror, uint64_t pos, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;
	size_t at;
	size_t n;

	if (pos < mirror->newest || pos > INT64_MAX || len > INT64_MAX - pos)
		return false;
	if (!mirror->run_count || pos > mirror->newest) {
		if (mirror->run_count == RUNS) {
			memmove(mirror->runs, mirror->runs + 1,
				(RUNS - 1) * sizeof(mirror->runs[0]));
			mirror->run_count--;
		}
		mirror->runs[mirror->run_count++] = (struct run){ pos, mirror->taken };
	}
	mirror->newest = pos + len;
	while (len) {
		at = (size_t)(mirror->taken & (mirror->size - 1));
		n = len < mirror->size - at ? len : mirror->size - at;
		memcpy(mirror->bytes + at, from, n);
		mirror->taken += n;
		from += n;
		len -= n;
	}
	return true;
}

void mirror_mark(struct mirror *mirror, uint64_t pos, int64_t ns)
{
	struct marks *marks = &mirror->marks;

	if (marks->made && marks->all[(marks->made - 1) % marks->size].pos >= pos)
		return;
	marks->all[marks->made++ % marks->size] = (struct source_mark){ pos, ns };
}

/* The number, among all, of the first kept byte at or after @pos; UINT64_MAX: there is none. */
static uint64_t at_of(const struct mirror *mirror, uint64_t pos)
{
	uint64_t first = first_kept(mirror);

	for (size_t i = 0; i < mirror->run_count; i++) {
		const struct run *run = &mirror->runs[i];
		uint64_t end = i + 1 < mirror->run_count ? run[1].at : mirror->taken;
		uint64_t at = pos > run->pos ? run->at + (pos - run->pos) : run->at;

		if (at < first)
			at = first;
		if (at < end)
			return at;
	}
	return UINT64_MAX;
}

size_t mirror_copy(const struct mirror *mirror, uint64_t *pos, void *buf, size_t len,
		   uint64_t *skipped)
{
	uint64_t at = at_of(mirror, *pos);
	const struct run *run;
	uint64_t end;
	size_t first;
	size_t from;

	*skipped = 0;
	if (at == UINT64_MAX || !len)
		return 0;
	run = run_of(mirror, at);
	end = run + 1 < mirror->runs + mirror->run_count ? run[1].at : mirror->taken;
	*skipped = run->pos + (at - run->at) - *pos;
	*pos += *skipped;
	if (end - at < len)
		len = (size_t)(end - at);
	from = (size_t)(at & (mirror->size - 1));
	first = len < mirror->size - from ? len : mirror->size - from;
	memcpy(buf, mirror->bytes + from, first);
	memcpy((unsigned char *)buf + first, mirror->bytes, len - first);
	*pos += len;
	return len;
}

size_t mirror_marks(const struct mirror *mirror, uint64_t pos, struct source_mark *marks,
		    size_t count)
{
	return marks_get(&mirror->marks, pos, marks, count);
}
