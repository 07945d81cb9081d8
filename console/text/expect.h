/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regular expressions (PCRE2) that wait for what a guest prints. Pure.
 *
 * They see bytes, not characters: what a guest prints need not be UTF-8. Lines
 * end with CR, LF or both; ^ and $ match at these, $ also behind the last byte
 * there is so far, and a dot matches none of them. An empty match is none.
 *
 * Neither a pattern nor a guest can hold up the caller: work goes on in steps of
 * some milliseconds.
 */
#ifndef KPL011_EXPECT_H
#define KPL011_EXPECT_H

#include <stddef.h>
#include <stdint.h>

/* Patterns, and bytes of each, at most. */
#define EXPECT_PATTERNS 64
#define EXPECT_PATTERN_MAX 1024

/* A match can be as long as this, in bytes; more of it may be found or not. */
#define EXPECT_WINDOW 65536

/* Bytes that expect_add() takes at once, at most. */
#define EXPECT_CHUNK 65536

/* Groups of a pattern that are told, itself not counted. */
#define EXPECT_GROUPS 16

struct expect;

enum expect_result {
	EXPECT_FOUND,
	EXPECT_NONE,	 /* not so far: add what comes next */
	EXPECT_MORE,	 /* not done: call expect_step() again */
	EXPECT_TOO_HARD, /* a pattern takes too many steps at one place */
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
struct expect *expect_new(void);
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

/* At most EXPECT_CHUNK bytes, when expect_step() said EXPECT_NONE or at first. */
void expect_add(struct expect *expect, const void *bytes, size_t len);

/*
 * Looks on. Of several matches the one that begins first is found, of those
 * the one whose pattern was given first. @hit: which it is; with
 * EXPECT_TOO_HARD only its pattern.
 */
enum expect_result expect_step(struct expect *expect, struct expect_hit *hit);

#endif /* KPL011_EXPECT_H */
