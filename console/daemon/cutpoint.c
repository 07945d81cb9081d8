// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/cutpoint.h"

#include <string.h>

/* How far back to look for an incomplete sequence. */
#define REACH 1024

#define ESC 0x1b
#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a

/* Bytes of a character after the first, at most. */
#define TAIL_MAX 3

size_t cutpoint_line_end(const unsigned char *bytes, size_t len, size_t near)
{
	const unsigned char *end = memchr(bytes, '\n', len < near ? len : near);

	return end ? (size_t)(end - bytes) + 1 : 0;
}

enum where {
	TEXT,
	ESCAPE,	  /* ESC, and maybe intermediates */
	CONTROL,  /* CSI and parameters */
	STRING,	  /* OSC, DCS, ..., up to BEL or ST */
	MAYBE_ST, /* ESC in a string */
};

static enum where next(enum where where, unsigned char byte)
{
	if (byte == CAN || byte == SUB)
		return TEXT;
	switch (where) {
	case TEXT:
		return byte == ESC ? ESCAPE : TEXT;
	case CONTROL:
		if (byte == ESC)
			return ESCAPE;
		return byte >= 0x40 && byte <= 0x7e ? TEXT : CONTROL;
	case STRING:
		if (byte == ESC)
			return MAYBE_ST;
		return byte == BEL ? TEXT : STRING;
	case MAYBE_ST:
	case ESCAPE:
		break;
	}
	if (byte == ESC || (byte >= 0x20 && byte <= 0x2f))
		return ESCAPE;
	if (byte == '[')
		return CONTROL;
	return strchr("]PX^_", byte) && byte ? STRING : TEXT;
}

/* The offset of a sequence that is incomplete at @at; without one, @at. */
static size_t before_sequence(const unsigned char *bytes, size_t at)
{
	enum where where = TEXT;
	size_t begin = at;

	for (size_t i = at > REACH ? at - REACH : 0; i < at; i++) {
		enum where then = next(where, bytes[i]);

		if (then == ESCAPE && bytes[i] == ESC)
			begin = i;
		else if (where == MAYBE_ST)
			begin = i - 1;
		where = then;
	}
	return where == TEXT ? at : begin;
}

static size_t before_character(const unsigned char *bytes, size_t at)
{
	size_t begin = at;

	while (begin && at - begin < TAIL_MAX && (bytes[begin] & 0xc0) == 0x80)
		begin--;
	return (bytes[begin] & 0xc0) == 0xc0 ? begin : at;
}

size_t cutpoint(const unsigned char *bytes, size_t len, size_t room, bool in_line)
{
	const unsigned char *end = memrchr(bytes, '\n', len < room ? len : room);

	if (end)
		return (size_t)(end - bytes) + 1;
	if (!in_line)
		return 0;
	if (len <= room)
		return len;
	return before_sequence(bytes, before_character(bytes, room));
}

size_t cutpoint_overdue(const unsigned char *bytes, size_t len, size_t near)
{
	size_t end = cutpoint_line_end(bytes, len, near);

	return end ? end : cutpoint(bytes, len, len > near ? near : len - 1, true);
}
