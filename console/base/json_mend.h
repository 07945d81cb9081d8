/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON of which the strings are damaged. What is no text in them becomes U+FFFD: bytes that are
 * no UTF-8, controls, halves of a pair of surrogates, and backslashes that begin no escape. Pure.
 */
#ifndef KPL011_JSON_MEND_H
#define KPL011_JSON_MEND_H

#include <stddef.h>

/**
 * json_mend - a copy with strings that are text
 * @text: JSON, or anything
 * @len: its bytes; those of the copy
 *
 * Return: the copy, with a NUL behind it, which is to be freed; NULL: no memory
 */
char *json_mend(const char *text, size_t *len);

#endif /* KPL011_JSON_MEND_H */
