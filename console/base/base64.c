// SPDX-License-Identifier: GPL-2.0-only
#include "base/base64.h"

#include <stdint.h>

size_t base64_encode(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = bytes;
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = (uint32_t)in[i] << 16;

		if (i + 1 < len)
			group |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			group |= in[i + 2];
		out[n++] = digits[group >> 18];
		out[n++] = digits[group >> 12 & 63];
		out[n++] = i + 1 < len ? digits[group >> 6 & 63] : '=';
		out[n++] = i + 2 < len ? digits[group & 63] : '=';
	}
	return n;
}
