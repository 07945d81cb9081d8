/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The character sets of a guest's terminal (ISO 2022). Two of them differ from ASCII:
 * the special graphics of the VT100, with which programs draw lines, and the British
 * set. Pure.
 */
#ifndef KPL011_CHARSET_H
#define KPL011_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

/* All zeroes: ASCII everywhere. */
struct charset {
	char designated[4]; /* G0 to G3: '0' special graphics, 'A' British, or 0 */
	uint8_t set;	    /* the index of the set in use */
	uint8_t single;	    /* that of a set for the next character only; 0: none */
};

/* Whether characters have to go through charset_char() now. */
static inline bool charset_translates(const struct charset *charset)
{
	return charset->designated[charset->set] || charset->single;
}

/* The character that @c stands for in the current set. Ends a single shift. */
uint32_t charset_char(struct charset *charset, char c);

/* Obeys SO and SI; ignores other controls. */
void charset_control(struct charset *charset, unsigned char c);

/* Obeys SCS, LS2, LS3, SS2 and SS3; ignores others. An unknown set counts as ASCII. */
void charset_escape(struct charset *charset, char intermediate, char final);

#endif /* KPL011_CHARSET_H */
