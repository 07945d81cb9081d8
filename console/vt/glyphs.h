/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which characters the operator's terminal has, by its locale, and what stands in for
 * those that it has not. No byte from 0x80 to 0x9f comes out, alone or in a character
 * of several: these are controls, or some terminals take them for such.
 */
#ifndef KPL011_GLYPHS_H
#define KPL011_GLYPHS_H

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct glyphs {
	locale_t locale; /* (locale_t)0: UTF-8, which has all */
	bool ascii;	 /* it has no others */
};

/* @locale: (locale_t)0 for UTF-8. It stays the caller's. */
void glyphs_init(struct glyphs *glyphs, locale_t locale);

/*
 * The locale of the environment, to be given to freelocale() unless it is (locale_t)0,
 * as it is for UTF-8.
 */
locale_t glyphs_locale(void);

/* What is typed is of this locale; where the terminal's says nothing it is UTF-8. */
locale_t glyphs_typed(const struct glyphs *glyphs);

/* A character that is typed, byte by byte. Zeroes at first. */
struct glyphs_typed {
	size_t len;
	char bytes[MB_LEN_MAX];
};

/* Bytes that one that is typed becomes at most, with those that waited before it. */
#define GLYPHS_TYPED_ROOM (MB_LEN_MAX + 3)

/*
 * What is typed in the locale of the terminal, as UTF-8; bytes that are none of its characters
 * stay. Returns how many bytes there are now in @out: none, in the middle of a character.
 */
size_t glyphs_type(const struct glyphs *glyphs, struct glyphs_typed *typed, char byte,
		   char out[GLYPHS_TYPED_ROOM]);

/* Whether a character beyond ASCII can be shown, in as many columns as it takes elsewhere. */
bool glyphs_have(const struct glyphs *glyphs, uint32_t ch);

/* What ASCII has for a character, or nearly. */
char glyphs_stand_in(uint32_t ch);

/* Room for what glyphs_put() makes of a character. */
#define GLYPHS_ROOM MB_LEN_MAX

/*
 * The character in bytes for the terminal, or what stands in for it, once for each of its
 * columns. Returns how many bytes there are.
 */
size_t glyphs_put(const struct glyphs *glyphs, uint32_t ch, char out[GLYPHS_ROOM]);

#endif /* KPL011_GLYPHS_H */
