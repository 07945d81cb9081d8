// SPDX-License-Identifier: GPL-2.0-only
#include "source/history.h"

#include <stdlib.h>
#include <string.h>

#include "source/marks.h"

#define FIRST_SIZE 1024

/* At most one mark is kept per this many bytes of the size. */
#define MARK_BYTES 128

struct history {
	size_t limit;
	uint64_t head;
	uint64_t start; /* position of the first byte that was put into @buf */
	size_t size;	/* of buf, a power of two */
	unsigned char *buf;
	struct marks marks;
};

struct history *history_new(size_t size)
{
	struct history *history = calloc(1, sizeof(*history));

	if (!history)
		return NULL;
	history->limit = size;
	marks_init(&history->marks, size / MARK_BYTES);
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	marks_free(&history->marks);
	free(history->buf);
	free(history);
}

void history_keep(struct history *history, size_t size)
{
	history->limit = size > history->size ? size : history->size;
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

void history_add(struct history *history, const void *bytes, size_t len, int64_t ns)
{
	const unsigned char *from = bytes;

	if (!len)
		return;
	marks_add(&history->marks, history->head, ns);
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
	uint64_t from = *pos < oldest ? oldest : *pos;
	size_t first;
	size_t at;

	*skipped = from - *pos;
	if (history->head - from < len)
		len = (size_t)(history->head - from);
	if (!len)
		return 0;
	at = (size_t)(from & (history->size - 1));
	first = len < history->size - at ? len : history->size - at;
	memcpy(buf, history->buf + at, first);
	memcpy((unsigned char *)buf + first, history->buf, len - first);
	*pos = from + len;
	return len;
}

size_t history_marks(const struct history *history, uint64_t pos, struct source_mark *marks,
		     size_t count)
{
	return marks_get(&history->marks, pos, marks, count);
}
