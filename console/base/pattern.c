// SPDX-License-Identifier: GPL-2.0-only
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/pattern.h"

#include <pcre2.h>
#include <stdio.h>

void pattern_reason(char *error, size_t size, const char *pattern, int number, size_t at)
{
	PCRE2_UCHAR why[128];
	size_t character = 1;

	pcre2_get_error_message(number, why, sizeof(why));
	/* PCRE2 counts bytes: those that continue a character of UTF-8 are left out. */
	for (size_t i = 0; i < at && pattern[i]; i++)
		character += ((unsigned char)pattern[i] & 0xc0) != 0x80;
	snprintf(error, size, "%s at character %zu", (const char *)why, character);
}
