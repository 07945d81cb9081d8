// SPDX-License-Identifier: GPL-2.0-only
#include "vt/charset.h"

#include <stddef.h>
#include <string.h>

enum {
	SO = 0x0e,
	SI = 0x0f,
};

/* The special graphics from '_' on: VT100 User Guide, table 3-9. */
static const uint16_t drawings[] = {
	' ',	0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b,
	0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c,
	0x2524, 0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};

void charset_control(struct charset *charset, unsigned char c)
{
	if (c == SO || c == SI)
		charset->set = c == SO;
}

void charset_escape(struct charset *charset, char intermediate, char final)
{
	if (intermediate && strchr("()*+", intermediate))
		charset->designated[intermediate - '('] = final == '0' || final == 'A' ? final : 0;
	else if (!intermediate && (final == 'n' || final == 'o'))
		charset->set = (uint8_t)(final - 'n' + 2);
	else if (!intermediate && (final == 'N' || final == 'O'))
		charset->single = (uint8_t)(final - 'N' + 2);
}

static uint32_t drawing(char c)
{
	size_t at = (size_t)(c - '_');

	if (c < '_' || at >= sizeof(drawings) / sizeof(drawings[0]))
		return (unsigned char)c;
	return drawings[at];
}

uint32_t charset_char(struct charset *charset, char c)
{
	char set = charset->designated[charset->single ? charset->single : charset->set];

	charset->single = 0;
	if (set == '0')
		return drawing(c);
	if (set == 'A' && c == '#')
		return 0xa3;
	return (unsigned char)c;
}
