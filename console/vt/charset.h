/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The character sets of a guest's terminal (ISO 2022), of which one differs from
 * ASCII: the special graphics of the VT100, in which programs draw lines. Pure.
 */
#ifndef KPL011_CHARSET_H
#define KPL011_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes: ASCII everywhere. */
struct charset {
	bool draws[4]; /* G0 to G3 are special graphics */
	uint8_t set;   /* the one in use */
};

/* Whether what is printed is not as it comes. */
static inline bool charset_draws(const struct charset *charset)
{
	return charset->draws[charset->set];
}

/* SO and SI; others change nothing. */
void charset_control(struct charset *charset, unsigned char c);

/* SCS, LS2, LS3; others change nothing. */
void charset_escape(struct charset *charset, char intermediate, char final);

/* What an ASCII character is in special graphics. */
uint32_t charset_drawing(char c);

#endif /* KPL011_CHARSET_H */
