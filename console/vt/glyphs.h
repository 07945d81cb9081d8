/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which characters the operator's terminal has, according to the locale, and what
 * replaces those that it does not have. In a locale other than UTF-8 a character beyond
 * ASCII is sent only if all its bytes are from 0xa0 on: those from 0x80 to 0x9f are
 * controls, or some terminals take them for controls.
 */
#ifndef KPL011_GLYPHS_H
#define KPL011_GLYPHS_H

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct glyphs {
	locale_t locale; /* (locale_t)0: UTF-8, which has all characters */
	bool ascii;	 /* the locale has only ASCII */
};

/* @locale: (locale_t)0 for UTF-8. It stays the caller's. */
void glyphs_init(struct glyphs *glyphs, locale_t locale);

/*
 * The locale of the environment; (locale_t)0 if that is UTF-8, otherwise to be given to
 * freelocale().
 */
locale_t glyphs_locale(void);

/* The locale of what is typed. If the terminal's has only ASCII, this is UTF-8: (locale_t)0. */
locale_t glyphs_typed(const struct glyphs *glyphs);

/* A character of which some bytes have been typed. All zeroes at first. */
struct glyphs_typed {
	size_t len;
	char bytes[MB_LEN_MAX];
};

/* Bytes that glyphs_type() returns at most, for the new byte and those before it. */
#define GLYPHS_TYPED_ROOM (MB_LEN_MAX + 3)

/*
 * Takes a byte that was typed in the terminal's locale, and puts UTF-8 into @out. Bytes that are
 * no character of the locale are not changed. Returns the number of bytes at @out; 0: the
 * character is not complete yet.
 */
size_t glyphs_type(const struct glyphs *glyphs, struct glyphs_typed *typed, char byte,
		   char out[GLYPHS_TYPED_ROOM]);

/* Whether the terminal can show a character, in as many columns as utf8_width() says. */
bool glyphs_have(const struct glyphs *glyphs, uint32_t ch);

/* The ASCII character that comes nearest to a character; '?' if there is none. */
char glyphs_stand_in(uint32_t ch);

/* Bytes that glyphs_put() makes of a character at most. */
#define GLYPHS_ROOM MB_LEN_MAX

/*
 * The bytes of a character for the terminal; or of its replacement, once for each of the
 * character's columns. Returns the number of bytes at @out.
 */
size_t glyphs_put(const struct glyphs *glyphs, uint32_t ch, char out[GLYPHS_ROOM]);

#endif /* KPL011_GLYPHS_H */
