/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's bytes as a JSON string, which can hold only characters. */
#ifndef KPL011_JSON_TEXT_H
#define KPL011_JSON_TEXT_H

#include <jansson.h>

/*
 * @bytes as UTF-8; each byte that is not part of a character becomes U+FFFD.
 * NULL: out of memory.
 */
json_t *json_text(const void *bytes, size_t len);

#endif /* KPL011_JSON_TEXT_H */
