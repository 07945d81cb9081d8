// SPDX-License-Identifier: GPL-2.0-only
#include "vt/title.h"

#include <string.h>

#include "base/utf8.h"
#include "vt/vtparse.h"

struct cleaned {
	char text[VT_TITLE_SIZE];
	size_t len;
};

static void clean_ascii(const char *text, size_t len, void *arg)
{
	struct cleaned *title = arg;

	if (len > sizeof(title->text) - 1 - title->len)
		len = sizeof(title->text) - 1 - title->len;
	memcpy(title->text + title->len, text, len);
	title->len += len;
}

static void clean_glyph(uint32_t ch, void *arg)
{
	char bytes[UTF8_MAX];
	size_t len = utf8_put(bytes, ch);
	struct cleaned *title = arg;

	if (utf8_width(ch) >= 0 && len < sizeof(title->text) - title->len)
		clean_ascii(bytes, len, arg);
}

/* Sequences are dropped: a title has none. */
static const struct vtparse_ops cleaner = {
	.ascii = clean_ascii,
	.glyph = clean_glyph,
};

void title_clean(char out[VT_TITLE_SIZE], const char *text, size_t len)
{
	struct cleaned title = { .len = 0 };
	struct vtparse parse;

	vtparse_init(&parse);
	vtparse_bytes(&parse, text, len, &cleaner, &title);
	memcpy(out, title.text, title.len);
	out[title.len] = '\0';
}
