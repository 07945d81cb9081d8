/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regular expressions (PCRE2) that wait for what a guest prints: text, which is
 * UTF-8, or bytes, which may be anything. Pure.
 *
 * Lines end with CR, LF or both; ^ and $ match at these, $ also behind all that
 * there is while it stands still, and a dot matches none of them. An empty match is
 * none.
 *
 * Neither a pattern nor a guest can hold up the caller. Work goes on in steps of
 * some milliseconds, and it is in proportion to what was added, whatever that is: a
 * place where a pattern takes too much of it is passed over.
 */
#ifndef KPL011_EXPECT_H
#define KPL011_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Patterns, and bytes of each, at most. */
#define EXPECT_PATTERNS 64
#define EXPECT_PATTERN_MAX 1024

/* A match can be as long as this, in bytes; more of it may be found or not. */
#define EXPECT_WINDOW 65536

/* Bytes that expect_add() takes between two EXPECT_NONE, at most. */
#define EXPECT_CHUNK 65536

/* Groups of a pattern that are told, itself not counted. */
#define EXPECT_GROUPS 16

struct expect;

enum expect_of {
	EXPECT_BYTES,
	EXPECT_TEXT,
};

enum expect_result {
	EXPECT_FOUND,
	EXPECT_NONE,	 /* not so far: add what comes next */
	EXPECT_MORE,	 /* not done: call expect_step() again */
	EXPECT_TOO_HARD, /* told once of each pattern that passes over a place; call again */
};

/* Texts are valid until the next call. */
struct expect_text {
	const unsigned char *text; /* NULL: a group that took no part */
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

/* NULL: no memory. */
struct expect *expect_new(enum expect_of of);
void expect_free(struct expect *expect);

/**
 * expect_pattern - another pattern, before there are any bytes
 * @expect: what it is added to
 * @pattern: the regular expression
 * @error: what is wrong with it, and where
 * @size: bytes at @error
 *
 * Return: 0, -EINVAL if it is wrong, -ENOSPC: these are enough, or -ENOMEM
 */
int expect_pattern(struct expect *expect, const char *pattern, char *error, size_t size);

/* The next byte has this position, and does not go on from those before it. */
void expect_begin(struct expect *expect, uint64_t pos);

/* Whether that byte is in the middle of a line; as long as none behind it was forgotten. */
void expect_in_line(struct expect *expect, bool in_line);

/* Of text, whole characters. */
void expect_add(struct expect *expect, const void *bytes, size_t len);

/* The last so many bytes have changed: others will be added in their place. */
void expect_take_back(struct expect *expect, size_t len);

/*
 * There is no more for now. A match that goes up to the end, as those of $ do, is
 * one only if this was said; otherwise more of it may be on its way.
 */
void expect_stand(struct expect *expect);

/*
 * Looks on. Of several matches the one that begins first is found, of those
 * the one whose pattern was given first. @hit: which it is; with
 * EXPECT_TOO_HARD only its pattern.
 */
enum expect_result expect_step(struct expect *expect, struct expect_hit *hit);

#endif /* KPL011_EXPECT_H */
