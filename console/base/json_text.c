// SPDX-License-Identifier: GPL-2.0-only
#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

json_t *json_text(const void *bytes, size_t len)
{
	const unsigned char *from = bytes;
	char *text = malloc(3 * len + 1);
	json_t *json;
	size_t n = 0;

	if (!text)
		return NULL;
	while (len) {
		int got = utf8_check(from, len);

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
