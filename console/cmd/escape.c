// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/escape.h"

#include <stdio.h>
#include <string.h>

#define CTRL(c) ((c)&0x1f)

void escape_init(struct escape *esc, int key)
{
	esc->key = key;
	esc->state = ESCAPE_PLAIN;
}

static enum escape_act prefixed(struct escape *esc, unsigned char byte)
{
	/* First, as the escape key may be one of the letters below. */
	if (byte == esc->key)
		return ESCAPE_ACT_SEND;

	switch (byte) {
	case 'q':
	case '.':
	case 'd':
		return ESCAPE_ACT_LEAVE;
	case 'b':
		return ESCAPE_ACT_BREAK;
	case 's':
		esc->state = ESCAPE_SYSRQ;
		return ESCAPE_ACT_WAIT;
	case 't':
		return ESCAPE_ACT_TAKE;
	case 'z':
	case CTRL('Z'):
		return ESCAPE_ACT_SUSPEND;
	case '?':
	case 'h':
		return ESCAPE_ACT_HELP;
	default:
		return ESCAPE_ACT_UNKNOWN;
	}
}

enum escape_act escape_step(struct escape *esc, const unsigned char *key, size_t len)
{
	enum escape_state state = esc->state;
	bool is_escape = len == 1 && key[0] == esc->key;

	esc->state = ESCAPE_PLAIN;
	switch (state) {
	case ESCAPE_PREFIX:
		return len == 1 ? prefixed(esc, key[0]) : ESCAPE_ACT_UNKNOWN;
	case ESCAPE_SYSRQ:
		/* The escape key cancels, since it cannot be a SysRq key. */
		if (is_escape)
			return ESCAPE_ACT_WAIT;
		return len == 1 && key[0] >= ' ' && key[0] < 0x7f ? ESCAPE_ACT_SYSRQ
								  : ESCAPE_ACT_NO_SYSRQ;
	case ESCAPE_PLAIN:
		break;
	}
	if (!is_escape)
		return ESCAPE_ACT_SEND;
	esc->state = ESCAPE_PREFIX;
	return ESCAPE_ACT_WAIT;
}

bool escape_parse(const char *text, int *key)
{
	unsigned char first = (unsigned char)text[0];
	unsigned char second;

	if (!strcmp(text, "none")) {
		*key = ESCAPE_NONE;
		return true;
	}
	if (first && !text[1]) {
		*key = first;
		return true;
	}
	if (first != '^' || !text[1] || text[2])
		return false;

	second = (unsigned char)text[1];
	if (second == '?')
		*key = 0x7f;
	else if (second >= 'a' && second <= 'z')
		*key = CTRL(second);
	else if (second >= '@' && second <= '_')
		*key = CTRL(second);
	else
		return false;
	return true;
}

const char *escape_name(int key, char out[ESCAPE_NAME_SIZE])
{
	if (key == ESCAPE_NONE)
		snprintf(out, ESCAPE_NAME_SIZE, "none");
	else if (key == 0x7f)
		snprintf(out, ESCAPE_NAME_SIZE, "^?");
	else if (key < 0x20)
		snprintf(out, ESCAPE_NAME_SIZE, "^%c", key + '@');
	else if (key < 0x7f)
		snprintf(out, ESCAPE_NAME_SIZE, "%c", key);
	else
		snprintf(out, ESCAPE_NAME_SIZE, "\\x%02x", (unsigned int)key & 0xff);
	return out;
}
