// SPDX-License-Identifier: GPL-2.0-only
#include "vt/encoding.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "vt/controls.h"

/* Code page 437 from 0x80 on. */
static const uint16_t cp437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562,
	0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
	0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0,
	0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static const struct {
	const char *name;
	enum encoding encoding;
} names[] = {
	{ "utf-8", ENCODING_UTF8 },	   { "utf8", ENCODING_UTF8 },
	{ "cp437", ENCODING_CP437 },	   { "ibm437", ENCODING_CP437 },
	{ "latin-1", ENCODING_LATIN1 },	   { "latin1", ENCODING_LATIN1 },
	{ "iso-8859-1", ENCODING_LATIN1 },
};

const char *encoding_name(enum encoding encoding)
{
	static const char *const first[] = { "utf-8", "cp437", "latin-1" };

	return first[encoding];
}

bool encoding_parse(const char *text, enum encoding *encoding)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name))
			continue;
		*encoding = names[i].encoding;
		return true;
	}
	return false;
}

size_t encoding_to_utf8(enum encoding encoding, const void *bytes, size_t len, char *out)
{
	const unsigned char *from = bytes;
	char *to = out;

	for (size_t i = 0; i < len; i++) {
		if (from[i] < 0x80) {
			*to++ = (char)from[i];
		} else if (encoding == ENCODING_CP437) {
			to += utf8_put(to, cp437[from[i] - 0x80]);
		} else if (from[i] >= 0xa0) {
			to += utf8_put(to, from[i]);
		} else {
			*to++ = ESC;
			*to++ = (char)(from[i] - 0x40);
		}
	}
	return (size_t)(to - out);
}

bool encoding_byte(enum encoding encoding, uint32_t ch, char *byte)
{
	if (encoding == ENCODING_UTF8)
		return false;
	if (ch < 0x80 || (encoding == ENCODING_LATIN1 && ch >= 0xa0 && ch <= 0xff)) {
		*byte = (char)ch;
		return true;
	}
	if (encoding == ENCODING_LATIN1)
		return false;
	for (size_t i = 0; i < 128; i++) {
		if (cp437[i] != ch)
			continue;
		*byte = (char)(0x80 + i);
		return true;
	}
	return false;
}
