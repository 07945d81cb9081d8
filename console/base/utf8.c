// SPDX-License-Identifier: GPL-2.0-only
#include "base/utf8.h"

#include <string.h>
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

static enum utf8_got first_byte(struct utf8 *utf8, unsigned char byte, uint32_t *ch)
{
	if (byte < 0x80) {
		*ch = byte;
		return UTF8_WHOLE;
	}
	if (byte < 0xc2 || byte > 0xf4)
		return UTF8_BAD;
	utf8->need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	utf8->ch = byte & (0x3fu >> utf8->need);
	/*
	 * The range of the second byte excludes overlong forms, surrogates and what is beyond
	 * U+10FFFF.
	 */
	utf8->lower = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
	utf8->upper = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
	return UTF8_PART;
}

enum utf8_got utf8_byte(struct utf8 *utf8, unsigned char byte, uint32_t *ch)
{
	if (!utf8->need)
		return first_byte(utf8, byte, ch);
	if (byte < utf8->lower || byte > utf8->upper) {
		utf8->need = 0;
		return UTF8_CUT;
	}
	utf8->ch = utf8->ch << 6 | (byte & 0x3f);
	utf8->lower = 0x80;
	utf8->upper = 0xbf;
	if (--utf8->need)
		return UTF8_PART;
	*ch = utf8->ch;
	return UTF8_WHOLE;
}

int utf8_check(const unsigned char *bytes, size_t len)
{
	struct utf8 utf8 = { 0 };
	uint32_t ch;

	for (size_t i = 0; i < len; i++) {
		enum utf8_got got = utf8_byte(&utf8, bytes[i], &ch);

		if (got == UTF8_WHOLE)
			return (int)i + 1;
		if (got != UTF8_PART)
			return 0;
	}
	return -1;
}

size_t utf8_cut(const char *text, size_t len, size_t room)
{
	if (len <= room)
		return len;
	while (room && ((unsigned char)text[room] & 0xc0) == 0x80)
		room--;
	return room;
}

size_t utf8_ascii(const unsigned char *bytes, size_t len)
{
	const uint64_t ones = UINT64_MAX / UINT8_MAX;
	size_t run = 0;
	uint64_t word;

	/*
	 * Eight at once: no byte has its highest bit set, nor gets it by adding 1 or subtracting
	 * 32.
	 */
	for (; len - run >= sizeof(word); run += sizeof(word)) {
		memcpy(&word, bytes + run, sizeof(word));
		if ((word | (word + ones) | (word - 0x20 * ones)) & 0x80 * ones)
			break;
	}
	while (run < len && bytes[run] >= 0x20 && bytes[run] < 0x7f)
		run++;
	return run;
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

bool utf8_turns(uint32_t ch)
{
	return ch == 0x61c || ch == 0x200e || ch == 0x200f || (ch >= 0x2028 && ch <= 0x202e) ||
	       (ch >= 0x2066 && ch <= 0x2069);
}

int utf8_width(uint32_t ch)
{
	int width;

	/*
	 * The library's answer without a call: below U+0300 each character is one column wide,
	 * except the soft hyphen.
	 */
	if (ch < 0x300 && ch != 0xad)
		return 1;
	if (utf8_turns(ch))
		return -1;
	width = wcwidth((wchar_t)ch);
	/* Unknown to the library: shown as one column. */
	return width < 0 ? 1 : width;
}
