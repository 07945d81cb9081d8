/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The encoding of a guest's console, of its output and of what is typed at it. Firmware
 * and old systems use code page 437 or Latin-1. Pure.
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

/* Bytes of UTF-8 that one byte of another encoding becomes at most. */
#define ENCODING_GROWTH 3

/* "utf-8", "cp437", "latin-1". */
const char *encoding_name(enum encoding encoding);

/* Knows these names and variants: UTF8, IBM437, ISO-8859-1. False: unknown. */
bool encoding_parse(const char *text, enum encoding *encoding);

/*
 * Converts bytes of an encoding other than UTF-8 to UTF-8. A C1 control of Latin-1 becomes
 * ESC and a letter. @out: room for ENCODING_GROWTH bytes for each byte. Returns the number of
 * bytes at @out.
 */
size_t encoding_to_utf8(enum encoding encoding, const void *bytes, size_t len, char *out);

/* Sets @byte to the one that encodes @ch. False: the encoding has none, or is UTF-8. */
bool encoding_byte(enum encoding encoding, uint32_t ch, char *byte);

#endif /* KPL011_ENCODING_H */
