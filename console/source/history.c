// SPDX-License-Identifier: GPL-2.0-only
#include "source/history.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024
#define FIRST_MARKS 16

/* A mark for so many bytes of the size; closer ones are not made. */
#define MARK_BYTES 32
#define MARK_NS 1000000

struct history {
	size_t limit;
	uint64_t head;
	uint64_t start; /* of what was never overwritten */
	size_t size;	/* of buf, a power of two */
	unsigned char *buf;
	struct history_mark *marks;
	size_t marks_size;
	uint64_t marks_made; /* the newest is number marks_made - 1 */
};

struct history *history_new(size_t size)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history)
		history->limit = size;
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	free(history->marks);
	free(history->buf);
	free(history);
}

uint64_t history_newest(const struct history *history)
{
	return history->head;
}

uint64_t history_oldest(const struct history *history)
{
	if (history->head - history->start > history->size)
		return history->head - history->size;
	return history->start;
}

/* Puts bytes where their positions belong; @len is at most the size. */
static void put(struct history *history, uint64_t pos, const unsigned char *bytes, size_t len)
{
	size_t at = (size_t)(pos & (history->size - 1));
	size_t first = len < history->size - at ? len : history->size - at;

	memcpy(history->buf + at, bytes, first);
	memcpy(history->buf, bytes + first, len - first);
}

static void grow(struct history *history, size_t len)
{
	size_t kept = (size_t)(history->head - history_oldest(history));
	size_t size = history->size ? history->size : FIRST_SIZE;
	struct history old = *history;
	uint64_t skipped;
	uint64_t pos;

	while (size < kept + len && size < history->limit)
		size *= 2;
	if (size <= history->size)
		return;
	history->buf = malloc(size);
	if (!history->buf) {
		history->buf = old.buf;
		return;
	}
	history->size = size;
	pos = history_oldest(&old);
	while (pos < old.head) {
		unsigned char piece[4096];
		uint64_t from = pos;
		size_t n = history_copy(&old, &pos, piece, sizeof(piece), &skipped);

		put(history, from, piece, n);
	}
	history->start = history_oldest(&old);
	free(old.buf);
}

static void mark(struct history *history, int64_t ns)
{
	size_t size = history->marks_size;
	struct history_mark *marks;

	if (history->marks_made) {
		const struct history_mark *last = &history->marks[(history->marks_made - 1) % size];

		if (ns - last->ns < MARK_NS || history->head - last->pos < MARK_BYTES / 4)
			return;
	}
	if (history->marks_made == size && size < history->limit / MARK_BYTES / 4) {
		size = size ? size * 2 : FIRST_MARKS;
		marks = reallocarray(history->marks, size, sizeof(*marks));
		if (marks) {
			history->marks = marks;
			history->marks_size = size;
		}
	}
	if (!history->marks_size)
		return;
	history->marks[history->marks_made++ % history->marks_size] =
		(struct history_mark){ .pos = history->head, .ns = ns };
}

void history_add(struct history *history, const void *bytes, size_t len, int64_t ns)
{
	const unsigned char *from = bytes;

	if (!len)
		return;
	mark(history, ns);
	if (history->size < history->limit)
		grow(history, len);
	if (len > history->size) {
		history->head += len - history->size;
		from += len - history->size;
		len = history->size;
	}
	if (len)
		put(history, history->head, from, len);
	history->head += len;
}

size_t history_copy(const struct history *history, uint64_t *pos, void *buf, size_t len,
		    uint64_t *skipped)
{
	uint64_t oldest = history_oldest(history);
	size_t first;
	size_t at;

	*skipped = *pos < oldest ? oldest - *pos : 0;
	*pos += *skipped;
	if (history->head - *pos < len)
		len = (size_t)(history->head - *pos);
	if (!len)
		return 0;
	at = (size_t)(*pos & (history->size - 1));
	first = len < history->size - at ? len : history->size - at;
	memcpy(buf, history->buf + at, first);
	memcpy((unsigned char *)buf + first, history->buf, len - first);
	*pos += len;
	return len;
}

size_t history_marks(const struct history *history, uint64_t pos, struct history_mark *marks,
		     size_t count)
{
	uint64_t oldest = 0;
	uint64_t from;
	size_t n = 0;

	if (history->marks_made > history->marks_size)
		oldest = history->marks_made - history->marks_size;
	from = oldest;
	for (uint64_t i = oldest; i < history->marks_made; i++)
		if (history->marks[i % history->marks_size].pos <= pos)
			from = i;
	for (; from < history->marks_made && n < count; from++)
		marks[n++] = history->marks[from % history->marks_size];
	return n;
}
