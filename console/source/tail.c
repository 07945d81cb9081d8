// SPDX-License-Identifier: GPL-2.0-only
#include "source/tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vt/vtparse.h"

#define CHUNK 65536

/*
 * Reads the bytes [@from, @to) of the history. Returns how many of them are
 * still kept; those are the last ones, and lie at the start of @buf.
 */
static ssize_t read_range(struct source *src, uint64_t from, uint64_t to, unsigned char *buf)
{
	size_t have = 0;
	int err;

	err = source_seek(src, from);
	if (err)
		return err;
	while (from < to) {
		uint64_t skipped;
		ssize_t n;

		n = source_read(src, buf + have, (size_t)(to - from), &skipped);
		/* All that was there was read, or the guest's end was reached. */
		if (n == -EAGAIN || !n)
			break;
		if (n < 0)
			return n;
		if (skipped) {
			memmove(buf, buf + have, (size_t)n);
			have = 0;
			from += skipped;
			if (from >= to)
				break;
			if ((uint64_t)n > to - from)
				n = (ssize_t)(to - from);
		}
		have += (size_t)n;
		from += (uint64_t)n;
	}
	return (ssize_t)have;
}

static void see_text(const char *text, size_t len, void *arg)
{
	(void)text;
	(void)len;
	*(bool *)arg = true;
}

static void see_glyph(uint32_t ch, void *arg)
{
	(void)ch;
	*(bool *)arg = true;
}

/* Whether there is a visible character in it, not only, say, a colour and a carriage return. */
static bool has_text(const unsigned char *bytes, size_t len)
{
	static const struct vtparse_ops ops = {
		.ascii = see_text,
		.glyph = see_glyph,
	};
	struct vtparse parse;
	bool seen = false;

	vtparse_init(&parse);
	vtparse_bytes(&parse, bytes, len, &ops, &seen);
	return seen;
}

/* Where the last line ends: after its newline if no text follows that, else at @end. */
static uint64_t last_end(const unsigned char *buf, size_t len, uint64_t end)
{
	const unsigned char *newline = memrchr(buf, '\n', len);
	size_t behind = newline ? (size_t)(buf + len - newline) - 1 : 0;

	return newline && !has_text(newline + 1, behind) ? end - behind : end;
}

int tail_lines(struct source *src, const struct source_facts *facts, uint64_t lines, uint64_t *pos)
{
	uint64_t end = facts->tx_newest;
	uint64_t to = facts->tx_newest;
	unsigned char *buf;
	int err = 0;

	*pos = end;
	if (!lines)
		return 0;
	buf = malloc(CHUNK);
	if (!buf)
		return -ENOMEM;
	while (to > facts->tx_oldest) {
		uint64_t from = to - facts->tx_oldest > CHUNK ? to - CHUNK : facts->tx_oldest;
		ssize_t n = read_range(src, from, to, buf);

		if (n < 0) {
			err = (int)n;
			break;
		}
		if (to == facts->tx_newest)
			end = last_end(buf, (size_t)n, to);
		for (ssize_t i = n; i-- > 0;) {
			uint64_t next = to - (uint64_t)(n - i) + 1;

			/* The newline at the end of the last line begins no other line. */
			if (buf[i] == '\n' && next != end && !--lines) {
				*pos = next;
				goto out;
			}
		}
		*pos = to - (uint64_t)n;
		if ((uint64_t)n < to - from)
			break;
		to = from;
	}
out:
	free(buf);
	return err;
}

int tail_bytes(struct source *src, const struct source_facts *facts, uint64_t max, uint64_t *pos)
{
	uint64_t from = facts->tx_oldest;
	unsigned char *line;
	unsigned char *buf;
	uint64_t to;
	ssize_t n;

	if (facts->tx_newest - from > max)
		from = facts->tx_newest - max;
	*pos = from;
	if (!from)
		return 0;

	/* Start with a whole line if one begins within a chunk. */
	buf = malloc(CHUNK);
	if (!buf)
		return -ENOMEM;
	to = facts->tx_newest - from > CHUNK ? from + CHUNK : facts->tx_newest;
	n = read_range(src, from, to, buf);
	if (n > 0) {
		*pos = to - (uint64_t)n;
		line = memchr(buf, '\n', (size_t)n);
		if (line && line + 1 < buf + n)
			*pos += (uint64_t)(line - buf) + 1;
	}
	free(buf);
	return n < 0 ? (int)n : 0;
}
