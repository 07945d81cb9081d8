// SPDX-License-Identifier: GPL-2.0-only
#include "base/unescape.h"

#include <string.h>

#include "base/utf8.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads exactly @digits hexadecimal digits. NULL: they are not a character of Unicode. */
static const char *character(const char *p, int digits, char **out)
{
	uint32_t ch = 0;

	for (; digits; digits--, p++) {
		if (hex(*p) < 0)
			return NULL;
		ch = ch * 16 + (uint32_t)hex(*p);
	}
	if (ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff))
		return NULL;
	*out += utf8_put(*out, ch);
	return p;
}

/*
 * Reads what follows a backslash. NULL: it is not an escape. The result is shorter than the escape.
 */
static const char *one(const char *p, char **out)
{
	static const char letters[] = "abefnrtv\\\"'?";
	static const char bytes[] = "\a\b\033\f\n\r\t\v\\\"'?";
	const char *letter = *p ? strchr(letters, *p) : NULL;
	int sum = 0;
	int n;

	if (*p == 'u' || *p == 'U')
		return character(p + 1, *p == 'u' ? 4 : 8, out);
	if (letter) {
		*(*out)++ = bytes[letter - letters];
		return p + 1;
	}
	if (*p == 'x') {
		for (n = 0, p++; n < 2 && hex(*p) >= 0; n++, p++)
			sum = sum * 16 + hex(*p);
	} else {
		for (n = 0; n < 3 && *p >= '0' && *p <= '7'; n++, p++)
			sum = sum * 8 + (*p - '0');
	}
	*(*out)++ = (char)sum;
	return n && sum <= 255 ? p : NULL;
}

bool unescape(char *text, size_t *len)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from = one(from + 1, &to);
		if (!from)
			return false;
	}
	*len = (size_t)(to - text);
	return true;
}
