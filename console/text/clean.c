// SPDX-License-Identifier: GPL-2.0-only
#include "text/clean.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* C1, and what turns the direction of text (Unicode UAX 9). */
static bool unwanted(uint32_t ch)
{
	return (ch >= 0x80 && ch < 0xa0) || ch == 0x61c || ch == 0x200e || ch == 0x200f ||
	       (ch >= 0x2028 && ch <= 0x202e) || (ch >= 0x2066 && ch <= 0x2069);
}

/* What is held, if it is a whole character or none at all. */
static size_t put_held(struct clean *clean, unsigned char *out)
{
	size_t n = 0;

	while (clean->len) {
		int got = utf8_check(clean->held, clean->len);
		uint32_t ch;

		if (got < 0)
			break;
		if (got > 0) {
			utf8_get((const char *)clean->held, &ch);
			if (!unwanted(ch)) {
				memcpy(out + n, clean->held, (size_t)got);
				n += (size_t)got;
			}
		} else {
			memcpy(out + n, REPLACEMENT, 3);
			n += 3;
			got = 1;
		}
		clean->len -= (size_t)got;
		memmove(clean->held, clean->held + got, clean->len);
	}
	return n;
}

/* A character whose end does not come: each byte of it is none. */
static size_t give_up_held(struct clean *clean, unsigned char *out)
{
	size_t n = 0;

	for (; clean->len; clean->len--, n += 3)
		memcpy(out + n, REPLACEMENT, 3);
	return n;
}

static size_t ground(struct clean *clean, unsigned char c, unsigned char *out)
{
	bool after_cr = clean->cr;
	size_t n = 0;

	if (c >= 0x80) {
		clean->cr = false;
		clean->held[clean->len++] = c;
		return put_held(clean, out);
	}
	n = give_up_held(clean, out);
	clean->cr = c == '\r';
	if (c == 0x1b) {
		clean->state = CLEAN_ESCAPE;
		clean->cr = after_cr;
	} else if (c == '\r') {
		/* CR CR LF is what some consoles make of a line's end. */
		if (!after_cr)
			out[n++] = '\n';
	} else if (c == '\n') {
		if (!after_cr)
			out[n++] = '\n';
	} else if (c == '\t' || (c >= 0x20 && c < 0x7f)) {
		out[n++] = c;
	} else {
		clean->cr = after_cr;
	}
	return n;
}

/* Where the byte behind an ESC leads. */
static enum clean_state escape(struct clean *clean, unsigned char c)
{
	clean->string_len = 0;
	if (c == '[')
		return CLEAN_CSI;
	if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X')
		return CLEAN_STRING;
	if (c >= 0x20 && c < 0x30)
		return CLEAN_CHARSET;
	return c == 0x1b ? CLEAN_ESCAPE : CLEAN_GROUND;
}

/* Of a sequence: nothing is to be seen. Returns false for a byte behind its end. */
static bool sequence(struct clean *clean, unsigned char c)
{
	/* A line ends what never ends otherwise; CAN and SUB do by the standard. */
	bool cut = c == 0x18 || c == 0x1a;
	bool line = c == '\n' || c == '\r';

	switch (clean->state) {
	case CLEAN_GROUND:
		break;
	case CLEAN_ESCAPE:
		clean->state = cut || line ? CLEAN_GROUND : escape(clean, c);
		return !line;
	case CLEAN_CHARSET:
		if (c < 0x20 || c >= 0x30)
			clean->state = c == 0x1b ? CLEAN_ESCAPE : CLEAN_GROUND;
		return !line;
	case CLEAN_CSI:
		if (c == 0x1b)
			clean->state = CLEAN_ESCAPE;
		else if (cut || line || c >= 0x40)
			clean->state = CLEAN_GROUND;
		return !line && c < 0x80;
	case CLEAN_STRING_ESCAPE:
		if (c != '\\') {
			clean->state = escape(clean, c);
			return true;
		}
		clean->state = CLEAN_GROUND;
		return true;
	case CLEAN_STRING:
		if (c == 0x1b)
			clean->state = CLEAN_STRING_ESCAPE;
		else if (c == 0x07 || cut || line || ++clean->string_len == CLEAN_STRING_MAX)
			clean->state = CLEAN_GROUND;
		return !line;
	}
	return true;
}

size_t clean_bytes(struct clean *clean, const unsigned char *in, size_t len, unsigned char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (clean->state == CLEAN_GROUND || !sequence(clean, in[i]))
			n += ground(clean, in[i], out + n);
	return n;
}
