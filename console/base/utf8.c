// SPDX-License-Identifier: GPL-2.0-only
#include "base/utf8.h"

#include <wchar.h>

size_t utf8_put(char out[UTF8_MAX], uint32_t ch)
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	if (ch < 0x800) {
		out[0] = (char)(0xc0 | ch >> 6);
		out[1] = (char)(0x80 | (ch & 0x3f));
		return 2;
	}
	if (ch < 0x10000) {
		out[0] = (char)(0xe0 | ch >> 12);
		out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
		out[2] = (char)(0x80 | (ch & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (ch >> 18 & 0x07));
	out[1] = (char)(0x80 | (ch >> 12 & 0x3f));
	out[2] = (char)(0x80 | (ch >> 6 & 0x3f));
	out[3] = (char)(0x80 | (ch & 0x3f));
	return 4;
}

int utf8_check(const unsigned char *bytes, size_t len)
{
	/* The second byte excludes overlong forms, surrogates and what is beyond. */
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	unsigned char first = bytes[0];
	int need;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	need = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (int i = 1; i < need; i++) {
		if ((size_t)i == len)
			return -1;
		if (bytes[i] < low || bytes[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return need;
}

size_t utf8_get(const char *text, uint32_t *ch)
{
	const unsigned char *at = (const unsigned char *)text;

	if (at[0] < 0x80) {
		*ch = at[0];
		return 1;
	}
	if (at[0] < 0xe0) {
		*ch = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
		return 2;
	}
	if (at[0] < 0xf0) {
		*ch = (uint32_t)(at[0] & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 |
		      (at[2] & 0x3f);
		return 3;
	}
	*ch = (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 |
	      (uint32_t)(at[2] & 0x3f) << 6 | (at[3] & 0x3f);
	return 4;
}

/* Controls of direction: UAX #9, and line and paragraph separators. */
static int turns(uint32_t ch)
{
	return ch == 0x61c || ch == 0x200e || ch == 0x200f || (ch >= 0x2028 && ch <= 0x202e) ||
	       (ch >= 0x2066 && ch <= 0x2069);
}

int utf8_width(uint32_t ch)
{
	int width;

	if (ch < 0x7f)
		return 1;
	if (turns(ch))
		return -1;
	width = wcwidth((wchar_t)ch);
	/* Unknown to the library: shown, as one column. */
	return width < 0 ? 1 : width;
}
