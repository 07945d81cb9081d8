// SPDX-License-Identifier: GPL-2.0-only
#include "vt/glyphs.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

void glyphs_init(struct glyphs *glyphs, locale_t locale)
{
	*glyphs = (struct glyphs){
		.locale = locale,
		.ascii = locale && !strcmp(nl_langinfo_l(CODESET, locale), "ANSI_X3.4-1968"),
	};
}

locale_t glyphs_locale(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	if (locale && !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8")) {
		freelocale(locale);
		locale = (locale_t)0;
	}
	return locale;
}

locale_t glyphs_typed(const struct glyphs *glyphs)
{
	return glyphs->ascii ? (locale_t)0 : glyphs->locale;
}

size_t glyphs_type(const struct glyphs *glyphs, struct glyphs_typed *typed, char byte,
		   char out[GLYPHS_TYPED_ROOM])
{
	locale_t locale = glyphs_typed(glyphs);
	mbstate_t state = { 0 };
	locale_t before;
	wchar_t wide;
	size_t len;

	typed->bytes[typed->len++] = byte;
	if (!locale || (typed->len == 1 && (unsigned char)byte < 0x80)) {
		typed->len = 0;
		out[0] = byte;
		return 1;
	}
	before = uselocale(locale);
	len = mbrtowc(&wide, typed->bytes, typed->len, &state);
	uselocale(before);
	if (len == (size_t)-2 && typed->len < sizeof(typed->bytes))
		return 0;
	if (len == typed->len) {
		len = utf8_put(out, (uint32_t)wide);
	} else {
		len = typed->len;
		memcpy(out, typed->bytes, len);
	}
	typed->len = 0;
	return len;
}

/* The bytes of a character in the locale; 0: it has none, or none that may be sent. */
static size_t in_locale(const struct glyphs *glyphs, uint32_t ch, char out[GLYPHS_ROOM])
{
	const int columns = utf8_width(ch);
	mbstate_t state = { 0 };
	locale_t before;
	size_t len;
	int width;

	if (glyphs->ascii)
		return 0;
	before = uselocale(glyphs->locale);
	len = wcrtomb(out, (wchar_t)ch, &state);
	width = wcwidth((wchar_t)ch);
	uselocale(before);
	if (len == (size_t)-1 || width != columns)
		return 0;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < 0xa0)
			return 0;
	return len;
}

bool glyphs_have(const struct glyphs *glyphs, uint32_t ch)
{
	char bytes[GLYPHS_ROOM];

	return ch < 0x80 || !glyphs->locale || in_locale(glyphs, ch, bytes);
}

char glyphs_stand_in(uint32_t ch)
{
	static const char lines[] = "--||--||--||"; /* from U+2500 on */

	if (ch >= 0x2500 && ch < 0x2500 + sizeof(lines) - 1)
		return lines[ch - 0x2500];
	if (ch == 0x2550 || (ch >= 0x23ba && ch <= 0x23bd) || (ch >= 0x2010 && ch <= 0x2015))
		return '-';
	if (ch == 0x2551)
		return '|';
	if (ch >= 0x2500 && ch < 0x2570)
		return '+';
	if (ch == 0x2018 || ch == 0x2019)
		return '\'';
	if (ch == 0x201c || ch == 0x201d)
		return '"';
	return ch == 0xa0 ? ' ' : '?';
}

size_t glyphs_put(const struct glyphs *glyphs, uint32_t ch, char out[GLYPHS_ROOM])
{
	size_t len;
	int width;

	if (ch < 0x80 || !glyphs->locale)
		return utf8_put(out, ch);
	len = in_locale(glyphs, ch, out);
	if (len)
		return len;
	width = utf8_width(ch);
	for (len = 0; (int)len < width; len++)
		out[len] = glyphs_stand_in(ch);
	return len;
}
