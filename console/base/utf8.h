/* SPDX-License-Identifier: GPL-2.0-only */
/* UTF-8, and how a terminal takes characters. Pure. */
#ifndef KPL011_UTF8_H
#define KPL011_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a character, at most. */
#define UTF8_MAX 4

/* A Unicode character, no surrogate; returns its bytes, not terminated. */
size_t utf8_put(char out[UTF8_MAX], uint32_t ch);

/*
 * How many of @len bytes, at least 1, are one character of UTF-8: 1 to 4; 0: the
 * first byte is part of none; -1: the end of it may be missing.
 */
int utf8_check(const unsigned char *bytes, size_t len);

/* The first character of valid UTF-8 that is not empty; returns its bytes. */
size_t utf8_get(const char *text, uint32_t *ch);

/*
 * Columns of a character: 1, 2, or 0 for one that goes to the one before it; -1
 * for one that is not to be shown: what turns text round would turn the
 * operator's as well. By the C library's table, as curses has it, of the
 * thread's locale.
 */
int utf8_width(uint32_t ch);

#endif /* KPL011_UTF8_H */
