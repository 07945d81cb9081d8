/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for regular expressions (PCRE2) to match what a guest prints: text, which is UTF-8, or
 * bytes, which may be anything. Pure.
 *
 * Lines end with CR, LF or both. ^ and $ match at these, $ also after all that there is while the
 * guest stands still, and a dot matches none of them. An empty match does not count.
 *
 * Neither a pattern nor a guest can hold up the caller. The work is done in steps of some
 * milliseconds, and is in proportion to what was added, whatever that is: a place where a pattern
 * takes too much work is skipped.
 */
#ifndef KPL011_EXPECT_H
#define KPL011_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most patterns, and the most bytes of a pattern. */
#define EXPECT_PATTERNS 64
#define EXPECT_PATTERN_MAX 1024

/* The longest match that is always found, in bytes; a longer one may be found or not. */
#define EXPECT_WINDOW 65536

/* The most bytes that expect_add() takes between two EXPECT_NONE. */
#define EXPECT_CHUNK 65536

/* The most groups of a pattern that are returned, without the match itself. */
#define EXPECT_GROUPS 16

struct expect;

enum expect_of {
	EXPECT_BYTES,
	EXPECT_TEXT,
};

enum expect_result {
	EXPECT_FOUND,
	EXPECT_NONE,	 /* nothing found so far: add what comes next */
	EXPECT_MORE,	 /* not done: call expect_step() again */
	EXPECT_TOO_HARD, /* a pattern skips a place, returned once for each; call again */
};

/* Texts are valid until the next call. */
struct expect_text {
	const unsigned char *text; /* NULL: a group that took no part in the match */
	size_t len;
};

struct expect_hit {
	size_t pattern; /* in the order of expect_pattern(), from 0 */
	uint64_t start; /* positions */
	uint64_t end;
	struct expect_text all;
	size_t groups;
	struct expect_text group[EXPECT_GROUPS];
};

/* NULL: out of memory. */
struct expect *expect_new(enum expect_of of);
void expect_free(struct expect *expect);

/**
 * expect_pattern - add a pattern, before there are any bytes
 * @expect: what it is added to
 * @pattern: the regular expression
 * @error: returned: what is wrong with it, and where
 * @size: bytes at @error
 *
 * Return: 0, -EINVAL if it is wrong, -ENOSPC if there are too many, or -ENOMEM
 */
int expect_pattern(struct expect *expect, const char *pattern, char *error, size_t size);

/* The next byte has position @pos, and does not continue those before it. */
void expect_begin(struct expect *expect, uint64_t pos);

/*
 * Says whether that byte is in the middle of a line; only as long as no byte from there on was
 * forgotten.
 */
void expect_in_line(struct expect *expect, bool in_line);

/* Text must be whole characters. */
void expect_add(struct expect *expect, const void *bytes, size_t len);

/* Removes the last @len bytes, which have changed: others will be added in their place. */
void expect_take_back(struct expect *expect, size_t len);

/*
 * There is no more for now. A match that reaches the end, as one of $ does, counts only after this
 * was called; otherwise more of it may be on its way.
 */
void expect_stand(struct expect *expect);

/*
 * Continues the search. Of several matches it finds the one that begins first, and of those the one
 * whose pattern was added first. @hit: the match; for EXPECT_TOO_HARD only its pattern.
 */
enum expect_result expect_step(struct expect *expect, struct expect_hit *hit);

#endif /* KPL011_EXPECT_H */
