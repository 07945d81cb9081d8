/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bytes of a guest stand for, and what it takes for characters. Firmware
 * and old systems print code page 437 or Latin-1. Pure.
 */
#ifndef KPL011_ENCODING_H
#define KPL011_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum encoding {
	ENCODING_UTF8,
	ENCODING_CP437,
	ENCODING_LATIN1,
	ENCODINGS,
};

/* Bytes that one of another encoding becomes in UTF-8 at most. */
#define ENCODING_GROWTH 3

/* "utf-8", "cp437", "latin-1". */
const char *encoding_name(enum encoding encoding);

/* Also as people write it: UTF8, IBM437, ISO-8859-1. False: there is no such. */
bool encoding_parse(const char *text, enum encoding *encoding);

/*
 * Bytes in another encoding than UTF-8 as UTF-8; a control of the second set of
 * Latin-1 as ESC and a letter. @out: ENCODING_GROWTH bytes for each. Returns how many.
 */
size_t encoding_to_utf8(enum encoding encoding, const void *bytes, size_t len, char *out);

/* The byte for a character. False: the encoding has none, or is UTF-8. */
bool encoding_byte(enum encoding encoding, uint32_t ch, char *byte);

#endif /* KPL011_ENCODING_H */
