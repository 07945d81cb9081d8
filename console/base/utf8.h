/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UTF-8, and how a terminal shows characters. Well-formed is what table 3-7 of the Unicode Standard
 * says: no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure.
 */
#ifndef KPL011_UTF8_H
#define KPL011_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest character, in bytes. */
#define UTF8_MAX 4

/* Shown for a byte that is not part of a character. */
#define UTF8_REPLACEMENT 0xfffd

/* Decodes a character that comes byte by byte. All zero is a valid initial state. */
struct utf8 {
	uint32_t ch;	      /* so far */
	uint8_t need;	      /* bytes of it that are missing; 0: no character has begun */
	uint8_t lower, upper; /* the range of the next one */
};

enum utf8_got {
	UTF8_WHOLE, /* it ends a character */
	UTF8_PART,  /* the next byte is needed */
	UTF8_BAD,   /* it is not part of a character */
	UTF8_CUT,   /* the character before is incomplete; pass this byte again */
};

/* Takes a byte; @ch: the character, if it is complete. */
enum utf8_got utf8_byte(struct utf8 *utf8, unsigned char byte, uint32_t *ch);

/* Encodes a Unicode character, not a surrogate. Returns its length; adds no NUL. */
size_t utf8_put(char out[UTF8_MAX], uint32_t ch);

/*
 * How many of @len bytes, at least 1, form the first character: 1 to 4. 0: the first byte is not
 * part of a character. -1: the end of the character may be missing.
 */
int utf8_check(const unsigned char *bytes, size_t len);

/* How many of @len bytes of valid UTF-8 fit into @room bytes without cutting a character. */
size_t utf8_cut(const char *text, size_t len, size_t room);

/* How many bytes at the beginning are printable ASCII. */
size_t utf8_ascii(const unsigned char *bytes, size_t len);

/* The first character of valid UTF-8, which is not empty; returns its length in bytes. */
size_t utf8_get(const char *text, uint32_t *ch);

/* Whether it changes the direction of text (UAX #9), or separates lines or paragraphs. */
bool utf8_turns(uint32_t ch);

/*
 * Columns of a character: 1, 2, or 0 if it combines with the one before it. -1: it must not be
 * shown, since it would change the direction of the operator's text as well. Uses the C library's
 * table, as curses does, in the thread's locale.
 */
int utf8_width(uint32_t ch);

#endif /* KPL011_UTF8_H */
