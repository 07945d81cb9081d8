/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's output as plain text: UTF-8, lines and tabs, and nothing that drives
 * a terminal. Pure.
 *
 * Escape sequences (ECMA-48) are left out, whole, and so are control characters
 * and those that turn the direction of text. A line ends with CR, LF or both,
 * and becomes LF alone. A byte that is part of no character becomes U+FFFD.
 */
#ifndef KPL011_CLEAN_H
#define KPL011_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

enum clean_state {
	CLEAN_GROUND,
	CLEAN_ESCAPE,
	CLEAN_CHARSET, /* ESC ( and the like: one more */
	CLEAN_CSI,
	CLEAN_STRING, /* OSC, DCS, APC, PM, SOS */
	CLEAN_STRING_ESCAPE,
};

/* A string is given up after so many bytes: what follows is text again. */
#define CLEAN_STRING_MAX 65536

struct clean {
	enum clean_state state;
	bool cr; /* the byte before was one */
	size_t string_len;
	size_t len;
	unsigned char held[4]; /* of a character, the beginning */
};

/* Zeroes are a good beginning. */

/* Room for what clean_bytes() makes of @len bytes. */
#define CLEAN_ROOM(len) (3 * (len) + 16)

/* Returns the number of bytes at @out. */
size_t clean_bytes(struct clean *clean, const unsigned char *in, size_t len, unsigned char *out);

#endif /* KPL011_CLEAN_H */
