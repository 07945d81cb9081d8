// SPDX-License-Identifier: GPL-2.0-only
#include "base/json_mend.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define UNIT_LEN strlen("\\uffff")

/* The number in an escape \uXXXX; -1: it is not one. */
static long unit(const char *at, size_t len)
{
	char digits[5] = "";

	if (len < UNIT_LEN || at[0] != '\\' || at[1] != 'u')
		return -1;
	memcpy(digits, at + 2, 4);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtol(digits, NULL, 16) : -1;
}

static size_t escape(const char *at, size_t len, bool *text)
{
	long number = unit(at, len);
	long second;

	if (number < 0) {
		*text = len > 1 && at[1] && strchr("\"\\/bfnrt", at[1]);
		return *text ? 2 : 1;
	}
	if (number < 0xd800 || number > 0xdfff)
		return UNIT_LEN;
	second = unit(at + UNIT_LEN, len - UNIT_LEN);
	*text = number < 0xdc00 && second >= 0xdc00 && second <= 0xdfff;
	return *text ? 2 * UNIT_LEN : UNIT_LEN;
}

/* The length of the string's first character or escape; @text: whether it is text. */
static size_t element(const char *at, size_t len, bool *text)
{
	int bytes;

	*text = true;
	if (*at == '\\')
		return escape(at, len, text);
	bytes = utf8_check((const unsigned char *)at, len);
	*text = bytes > 0 && (unsigned char)*at >= ' ';
	return bytes > 0 ? (size_t)bytes : 1;
}

char *json_mend(const char *text, size_t *len)
{
	const char *end = text + *len;
	char *out = malloc(3 * *len + 1);
	bool string = false;
	size_t n = 0;

	if (!out)
		return NULL;
	while (text < end) {
		bool is_text = true;
		size_t bytes = string ? element(text, (size_t)(end - text), &is_text) : 1;

		string ^= *text == '"';
		if (is_text) {
			memcpy(out + n, text, bytes);
			n += bytes;
		} else {
			n += utf8_put(out + n, UTF8_REPLACEMENT);
		}
		text += bytes;
	}
	out[n] = '\0';
	*len = n;
	return out;
}
