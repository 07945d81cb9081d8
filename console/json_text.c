// SPDX-License-Identifier: GPL-2.0-only
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

int json_text_char(const unsigned char *bytes, size_t len)
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

json_t *json_text(const void *bytes, size_t len)
{
	const unsigned char *from = bytes;
	char *text = malloc(3 * len + 1);
	json_t *json;
	size_t n = 0;

	if (!text)
		return NULL;
	while (len) {
		int got = json_text_char(from, len);

		if (got > 0) {
			memcpy(text + n, from, (size_t)got);
			n += (size_t)got;
		} else {
			memcpy(text + n, REPLACEMENT, 3);
			n += 3;
			got = 1;
		}
		from += got;
		len -= (size_t)got;
	}
	json = json_stringn(text, n);
	free(text);
	return json;
}
