// SPDX-License-Identifier: GPL-2.0-only
#include "source/lineread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536
#define MARKS 256

struct lineread {
	struct source *src;
	uint64_t until;
	enum lineread_by by;
	bool in_line; /* the next byte continues a line */
	bool behind;  /* the next byte comes right after a newline */
	bool ended;
	uint64_t pos; /* of buf[head] */
	size_t head;
	size_t tail;
	/* If there is a gap, the bytes up to @gap_at come before it. */
	bool has_gap;
	uint64_t gap; /* bytes that are lost there; 0: another VMM begins */
	size_t gap_at;
	struct source_mark marks[MARKS];
	size_t count;
	size_t at;
	unsigned char buf[LINEREAD_MAX + CHUNK];
};

struct lineread *lineread_new(struct source *src, uint64_t from, uint64_t until,
			      enum lineread_by by)
{
	struct lineread *read = malloc(sizeof(*read));

	if (!read)
		return NULL;
	read->src = src;
	read->until = until;
	read->by = by;
	read->in_line = false;
	read->behind = false;
	read->ended = false;
	read->pos = from;
	read->head = 0;
	read->tail = 0;
	read->has_gap = false;
	read->gap = 0;
	read->gap_at = 0;
	read->count = 0;
	read->at = 0;
	return read;
}

void lineread_free(struct lineread *read)
{
	free(read);
}

/* When the byte at read->pos was printed. */
static uint64_t when(struct lineread *read)
{
	bool fresh = false;

	/* The mark after that is kept, too: with it the next time begins. */
	for (;;) {
		while (read->at + 1 < read->count && read->marks[read->at + 1].pos <= read->pos)
			read->at++;
		if (fresh || read->at + 1 < read->count)
			break;
		read->count = source_marks(read->src, read->pos, read->marks, MARKS);
		read->at = 0;
		fresh = true;
	}
	if (read->at < read->count && read->marks[read->at].pos <= read->pos)
		return read->marks[read->at].ns;
	return 0;
}

/* Reads more after what is there. False: there is none now, or @err is set. */
static bool fill(struct lineread *read, int *err)
{
	uint64_t end = read->pos + (read->tail - read->head);
	size_t room = CHUNK;
	uint64_t skipped = 0;
	ssize_t n;

	*err = 0;
	if (end >= read->until)
		read->ended = true;
	if (read->ended)
		return false;
	memmove(read->buf, read->buf + read->head, read->tail - read->head);
	read->tail -= read->head;
	read->head = 0;
	if (room > read->until - end)
		room = (size_t)(read->until - end);
	n = source_read(read->src, read->buf + read->tail, room, &skipped);
	if (n == -EAGAIN && skipped && skipped >= read->until - end)
		n = 0;
	if (n == -EAGAIN)
		return false;
	if (n < 0) {
		*err = (int)n;
		return false;
	}
	/* @until may be among the bytes that were lost. */
	if (skipped > read->until - end) {
		skipped = read->until - end;
		n = 0;
	}
	if ((uint64_t)n > read->until - end - skipped)
		n = (ssize_t)(read->until - end - skipped);
	if (!n && !skipped)
		read->ended = true;
	read->has_gap = skipped || source_begins(read->src, end);
	read->gap = skipped;
	read->gap_at = read->tail;
	read->tail += (size_t)n;
	return n || skipped;
}

/* How many bytes were printed at the same time as the next one. */
static size_t same_time(struct lineread *read)
{
	when(read);
	if (read->at + 1 < read->count && read->marks[read->at + 1].pos - read->pos < LINEREAD_MAX)
		return (size_t)(read->marks[read->at + 1].pos - read->pos);
	/* The first known mark may belong to a later byte. */
	if (read->at < read->count && read->marks[read->at].pos > read->pos &&
	    read->marks[read->at].pos - read->pos < LINEREAD_MAX)
		return (size_t)(read->marks[read->at].pos - read->pos);
	return LINEREAD_MAX;
}

/* Length of the next piece; 0: there is none. */
static size_t next_len(struct lineread *read, bool partial, bool *ends)
{
	const unsigned char *from = read->buf + read->head;
	size_t len = (read->has_gap ? read->gap_at : read->tail) - read->head;
	size_t max = LINEREAD_MAX;
	const unsigned char *newline = NULL;

	*ends = false;
	if (!len)
		return 0;
	if (read->behind && from[0] == '\r') {
		*ends = true;
		return 1;
	}
	if (read->by == LINEREAD_TIMES)
		max = same_time(read);
	else if (read->by == LINEREAD_ROWS)
		max = LINEREAD_ROW - read->pos % LINEREAD_ROW;
	else
		newline = memchr(from, '\n', len < max ? len : max);
	if (newline) {
		*ends = true;
		return (size_t)(newline - from) + 1;
	}
	if (len >= max) {
		*ends = read->by != LINEREAD_LINES;
		return max;
	}
	*ends = read->by != LINEREAD_LINES;
	return partial || read->ended || read->has_gap ? len : 0;
}

enum lineread_result lineread_next(struct lineread *read, bool partial,
				   struct lineread_piece *piece)
{
	bool ends;
	size_t len;
	int err;

	*piece = (struct lineread_piece){ 0 };
	for (;;) {
		len = next_len(read, false, &ends);
		if (len)
			break;
		if (read->has_gap) {
			piece->skipped = read->gap;
			read->pos += read->gap;
			read->has_gap = false;
			read->gap = 0;
			read->in_line = false;
			read->behind = false;
			return piece->skipped ? LINEREAD_SKIPPED : LINEREAD_BEGINS;
		}
		if (fill(read, &err))
			continue;
		len = next_len(read, partial, &ends);
		if (len)
			break;
		piece->err = err;
		if (err)
			return LINEREAD_FAILED;
		return read->ended ? LINEREAD_END : LINEREAD_WAIT;
	}
	piece->pos = read->pos;
	piece->ns = when(read);
	piece->bytes = read->buf + read->head;
	piece->len = len;
	piece->behind = read->behind && piece->bytes[0] == '\r';
	piece->begins = !read->in_line && !piece->behind;
	piece->ends = ends;
	read->behind = read->by == LINEREAD_LINES && ends;
	read->in_line = !ends;
	read->head += len;
	read->pos += len;
	return LINEREAD_PIECE;
}

uint64_t lineread_waiting(const struct lineread *read)
{
	return read->tail > read->head ? read->pos + (read->tail - read->head) : 0;
}
