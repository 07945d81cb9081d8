/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UTF-8, and how a terminal takes characters. What is well-formed is by table 3-7 of
 * the Unicode Standard: no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure.
 */
#ifndef KPL011_UTF8_H
#define KPL011_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a character, at most. */
#define UTF8_MAX 4

/* Shown for a byte that is part of no character. */
#define UTF8_REPLACEMENT 0xfffd

/* A character that comes byte by byte. Zeroes are a good beginning. */
struct utf8 {
	uint32_t ch;	      /* so far */
	uint8_t need;	      /* bytes of it that are to come; 0: none is under way */
	uint8_t lower, upper; /* what the next one has to be */
};

enum utf8_got {
	UTF8_WHOLE, /* it ends a character */
	UTF8_PART,  /* the next byte is needed */
	UTF8_BAD,   /* it is part of none */
	UTF8_CUT,   /* what was under way is broken; give this byte again */
};

/* Takes a byte; @ch: the character, if it is whole. */
enum utf8_got utf8_byte(struct utf8 *utf8, unsigned char byte, uint32_t *ch);

/* A Unicode character, no surrogate; returns its bytes, not terminated. */
size_t utf8_put(char out[UTF8_MAX], uint32_t ch);

/*
 * How many of @len bytes, at least 1, are one character of UTF-8: 1 to 4; 0: the
 * first byte is part of none; -1: the end of it may be missing.
 */
int utf8_check(const unsigned char *bytes, size_t len);

/* How many of @len bytes of valid UTF-8 are whole characters that have room in @room. */
size_t utf8_cut(const char *text, size_t len, size_t room);

/* How many of @len bytes, from the first on, are printable ASCII. */
size_t utf8_ascii(const unsigned char *bytes, size_t len);

/* The first character of valid UTF-8 that is not empty; returns its bytes. */
size_t utf8_get(const char *text, uint32_t *ch);

/* Whether it turns the direction of text (UAX #9), or separates lines or paragraphs. */
bool utf8_turns(uint32_t ch);

/*
 * Columns of a character: 1, 2, or 0 for one that goes to the one before it; -1
 * for one that is not to be shown: what turns text round would turn the
 * operator's as well. By the C library's table, as curses has it, of the
 * thread's locale.
 */
int utf8_width(uint32_t ch);

#endif /* KPL011_UTF8_H */
