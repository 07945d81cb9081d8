// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever a guest prints, what is left is UTF-8 without anything that drives a
 * terminal; it is the same however the bytes come, and is not changed by a
 * second cleaning.
 */
#include <stdint.h>
#include <string.h>

#include "text/clean.h"
#include "must.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t in_pieces(const uint8_t *bytes, size_t len, size_t piece, uint8_t *out)
{
	struct clean clean = { 0 };
	size_t n = 0;

	for (size_t at = 0; at < len; at += piece) {
		size_t now = len - at < piece ? len - at : piece;
		size_t got = clean_bytes(&clean, bytes + at, now, out + n);

		MUST(got <= CLEAN_ROOM(now));
		n += got;
	}
	return n;
}

/* The first byte is the size of pieces. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t whole[CLEAN_ROOM(8192)];
	static uint8_t pieces[CLEAN_ROOM(8192)];
	static uint8_t again[CLEAN_ROOM(CLEAN_ROOM(8192))];
	size_t n;

	if (!size || size > 8192)
		return 0;
	n = in_pieces(data + 1, size - 1, size, whole);
	MUST(in_pieces(data + 1, size - 1, data[0] % 32 + 1, pieces) == n);
	MUST(!memcmp(whole, pieces, n));
	for (size_t i = 0; i < n;) {
		int got = utf8_check(whole + i, n - i);

		MUST(got > 0);
		MUST(got > 1 || whole[i] == '\n' || whole[i] == '\t' ||
		     (whole[i] >= 0x20 && whole[i] < 0x7f));
		MUST(got != 2 || whole[i] != 0xc2 || whole[i + 1] >= 0xa0);
		i += (size_t)got;
	}
	MUST(in_pieces(whole, n, n + 1, again) == n);
	MUST(!memcmp(whole, again, n));
	return 0;
}
