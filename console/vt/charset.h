/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The character sets of a guest's terminal (ISO 2022), of which two differ from
 * ASCII: the special graphics of the VT100, in which programs draw lines, and the
 * British one. Pure.
 */
#ifndef KPL011_CHARSET_H
#define KPL011_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes: ASCII everywhere. */
struct charset {
	char designated[4]; /* G0 to G3: '0' special graphics, 'A' British, or 0 */
	uint8_t set;	    /* the one in use */
	uint8_t single;	    /* and for the next character only; 0: that, too */
};

/* Whether what is printed is not as it comes. */
static inline bool charset_translates(const struct charset *charset)
{
	return charset->designated[charset->set] || charset->single;
}

/* What an ASCII character is that is printed now. */
uint32_t charset_char(struct charset *charset, char c);

/* SO and SI; others change nothing. */
void charset_control(struct charset *charset, unsigned char c);

/* SCS, LS2, LS3, SS2 and SS3; others change nothing. A set that is not known is ASCII. */
void charset_escape(struct charset *charset, char intermediate, char final);

#endif /* KPL011_CHARSET_H */
