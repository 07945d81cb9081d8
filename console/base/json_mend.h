/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mends JSON whose strings are damaged. What is not text in a string becomes U+FFFD: bytes that are
 * not UTF-8, control characters, lone halves of a surrogate pair, and backslashes that begin no
 * escape. Pure.
 */
#ifndef KPL011_JSON_MEND_H
#define KPL011_JSON_MEND_H

#include <stddef.h>

/**
 * json_mend - copy JSON, with strings that are text
 * @text: JSON, or anything
 * @len: its length in bytes; returned: that of the copy
 *
 * Return: the copy, terminated by a NUL, which the caller frees; NULL: out of memory
 */
char *json_mend(const char *text, size_t *len);

#endif /* KPL011_JSON_MEND_H */
