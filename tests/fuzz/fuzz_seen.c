// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile patterns and hostile guests, before the text as a person has seen it: what is
 * found is printable, in the text and where it says; the work and the lines that are
 * kept are bounded; and a word is found if it is in the text, and not if it is not, however the
 * bytes come. Of bytes that are what is seen it is found where it is, to the byte.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "must.h"
#include "text/glued.h"
#include "text/seen.h"
#include "text/textline.h"

#define INPUT 4096
#define BEGIN 1000

/* A line is full before one byte of input has made more of it. */
#define OUTPUT ((INPUT + 1) * 90)

/* Steps for a byte: one takes up to some milliseconds. */
#define STEPS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const void *text, size_t len, const char *others)
{
	const uint8_t *at = text;

	for (size_t i = 0; i < len;) {
		int got = utf8_check(at + i, len - i);
		uint32_t ch;

		MUST(got > 0);
		utf8_get((const char *)at + i, &ch);
		MUST((ch >= 0x20 && ch < 0x7f) || (ch >= 0xa0 && !utf8_turns(ch)) ||
		     (ch && ch < 0x20 && strchr(others, (int)ch)));
		i += (size_t)got;
	}
}

static void check_hit(const struct expect_hit *hit, uint64_t end)
{
	MUST(hit->pattern == 0);
	MUST(hit->start >= BEGIN && hit->start < hit->end && hit->end <= end);
	MUST(hit->groups <= EXPECT_GROUPS);
	check_text(hit->all.text, hit->all.len, "\n\t");
	for (size_t i = 0; i < hit->groups; i++)
		if (hit->group[i].text)
			check_text(hit->group[i].text, hit->group[i].len, "\n\t");
}

static bool is_word(const char *pattern)
{
	return *pattern &&
	       strspn(pattern, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(pattern);
}

/* A word among bytes that nothing is done with: the first of its places. */
static void check_place(const struct expect_hit *hit, const char *word, const uint8_t *bytes,
			size_t len)
{
	const uint8_t *at = memmem(bytes, len, word, strlen(word));

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\n' && (bytes[i] < 0x20 || bytes[i] > 0x7e))
			return;
	MUST(at && hit->start == BEGIN + (uint64_t)(at - bytes));
	MUST(hit->end == hit->start + strlen(word));
}

static void check_lines(struct seen *seen)
{
	size_t count = 0;

	for (; seen_line(seen, count); count++) {
		const char *line = seen_line(seen, count);

		MUST(*line && strlen(line) <= TEXTLINE_MAX);
		check_text(line, strlen(line), "\t");
	}
	MUST(count <= SEEN_LINES + 1);
}

static enum expect_result steps(struct seen *seen, size_t bytes, struct expect_hit *hit)
{
	enum expect_result result;
	size_t left = (bytes + 1) * STEPS;

	do {
		MUST(left--);
		result = seen_step(seen, hit);
	} while (result == EXPECT_MORE || result == EXPECT_TOO_HARD);
	return result;
}

/* Whether it is found, and where; @pauses: bytes from one to the next, 0: none. */
static bool look(const char *pattern, const uint8_t *bytes, size_t len, size_t piece, size_t pauses,
		 struct expect_hit *hit)
{
	struct seen *seen = seen_new(EXPECT_TEXT);
	enum expect_result result = EXPECT_NONE;
	char error[256];

	MUST(seen);
	if (seen_pattern(seen, pattern, error, sizeof(error))) {
		MUST(strlen(error) > 0 && strlen(error) < sizeof(error));
		seen_free(seen);
		return false;
	}
	seen_begin(seen, BEGIN);
	for (size_t at = 0; result == EXPECT_NONE && at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		for (size_t i = at; pauses && i < at + n; i++)
			if (i % pauses == 0)
				seen_paused(seen, BEGIN + i);
		seen_add(seen, bytes + at, n);
		result = steps(seen, n, hit);
		check_lines(seen);
		if (result == EXPECT_FOUND)
			check_hit(hit, BEGIN + at + n);
	}
	if (result == EXPECT_NONE) {
		seen_stand(seen);
		result = steps(seen, len, hit);
		check_lines(seen);
		if (result == EXPECT_FOUND)
			check_hit(hit, BEGIN + len);
	}
	seen_free(seen);
	return result == EXPECT_FOUND;
}

/* What there is to see, terminated. False: something of it is not known for sure. */
static bool read_text(const uint8_t *bytes, size_t len, size_t piece, char *text)
{
	static struct textline line;
	bool sure = true;
	size_t n = 0;

	memset(&line, 0, sizeof(line));
	for (size_t at = 0; at < len;) {
		at += textline_add(&line, bytes + at, len - at < piece ? len - at : piece);
		if (!line.ended && !line.give)
			continue;
		/* Of a very long line what is final depends on how it comes. */
		sure &= line.ended;
		/* Without a message in it a line may be put together. */
		sure &= glued_find(line.text, line.len, 0) == line.len &&
			!glued_begins(line.text, line.len, 0);
		memcpy(text + n, line.text, line.ended ? line.len : line.give);
		n += line.ended ? line.len : line.give;
		text[n++] = '\n';
	}
	sure &= glued_find(line.text, line.len, 0) == line.len;
	if (!line.ended) {
		memcpy(text + n, line.text, line.len);
		n += line.len;
	}
	text[n] = '\0';
	return sure;
}

/* The pattern ends with a line feed; a byte is the size of pieces; the rest is printed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[OUTPUT];
	struct expect_hit hit;
	const uint8_t *end = memchr(data, '\n', size);
	char pattern[64];
	size_t piece;
	size_t len;
	bool whole;
	bool there;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (size > INPUT || !end || (size_t)(end - data) >= sizeof(pattern) ||
	    end + 2 > data + size)
		return 0;
	memcpy(pattern, data, (size_t)(end - data));
	pattern[end - data] = '\0';
	len = size - (size_t)(end + 2 - data);
	piece = end[1] % 16 + 1;
	look(pattern, end + 2, len, piece, end[1] / 16, &hit);
	if (!is_word(pattern))
		return 0;
	whole = look(pattern, end + 2, len, SEEN_CHUNK, 0, &hit);
	if (!read_text(end + 2, len, len + 1, text))
		return 0;
	there = strstr(text, pattern);
	if (whole != there)
		fprintf(stderr, "'%s' %s in '%s'\n", pattern, whole ? "was found" : "is", text);
	MUST(whole == there);
	if (whole)
		check_place(&hit, pattern, end + 2, len);
	MUST(look(pattern, end + 2, len, piece, 0, &hit) == whole);
	if (whole)
		check_place(&hit, pattern, end + 2, len);
	return 0;
}
