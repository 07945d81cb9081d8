// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile patterns and hostile guests: what is found is in what was printed, and
 * a pattern without repeats is found however the bytes come.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "text/expect.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds pieces of @piece bytes. Where the match ends; 0: none. */
static uint64_t look(const char *pattern, const uint8_t *bytes, size_t len, size_t piece)
{
	struct expect *expect = expect_new(EXPECT_BYTES);
	enum expect_result result = EXPECT_NONE;
	struct expect_hit hit = { 0 };
	char error[256];
	size_t at = 0;

	MUST(expect);
	if (expect_pattern(expect, pattern, error, sizeof(error))) {
		MUST(strlen(error) > 0 && strlen(error) < sizeof(error));
		expect_free(expect);
		return 0;
	}
	expect_begin(expect, 1000);
	while (result == EXPECT_NONE && at <= len) {
		size_t n = len - at < piece ? len - at : piece;

		expect_add(expect, bytes + at, n);
		at += n;
		if (!n)
			expect_stand(expect);
		while ((result = expect_step(expect, &hit)) == EXPECT_MORE ||
		       result == EXPECT_TOO_HARD)
			;
		if (!n)
			break;
	}
	if (result == EXPECT_FOUND) {
		MUST(hit.pattern == 0);
		MUST(hit.start >= 1000 && hit.start <= hit.end && hit.end <= 1000 + at);
		MUST(hit.all.len == hit.end - hit.start);
		MUST(!memcmp(hit.all.text, bytes + (hit.start - 1000), hit.all.len));
	}
	expect_free(expect);
	return result == EXPECT_FOUND ? hit.end : 0;
}

/* The pattern ends with a line feed; a byte is the size of pieces; the rest is printed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	uint64_t whole;
	char pattern[64];
	size_t len;

	if (!end || (size_t)(end - data) >= sizeof(pattern) || end + 2 > data + size)
		return 0;
	memcpy(pattern, data, (size_t)(end - data));
	pattern[end - data] = '\0';
	len = size - (size_t)(end + 2 - data);
	whole = look(pattern, end + 2, len, len);
	if (pattern[0] && strspn(pattern, "abcdefghijklmnopqrstuvwxyz ") == strlen(pattern))
		MUST(look(pattern, end + 2, len, end[1] % 16 + 1) == whole);
	else
		look(pattern, end + 2, len, end[1] + 1);
	return 0;
}
