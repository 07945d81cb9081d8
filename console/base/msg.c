// SPDX-License-Identifier: GPL-2.0-only
#include "base/msg.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/msg_out.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 2048

_Static_assert(LINE_MAX_BYTES + 32 <= MSG_OUT_MAX, "a line is one piece");

void msg_clean(char *dst, size_t size, const char *src)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (; *src; src++) {
		unsigned char c = (unsigned char)*src;

		if (c >= 0x20 && c < 0x7f) {
			if (at + 1 >= size)
				break;
			dst[at++] = (char)c;
		} else {
			if (at + 4 >= size)
				break;
			dst[at++] = '\\';
			dst[at++] = 'x';
			dst[at++] = hex[c >> 4];
			dst[at++] = hex[c & 15];
		}
	}
	dst[at] = '\0';
}

void msg_clean_utf8(char *dst, size_t size, const char *src)
{
	while (*src) {
		int len = utf8_check((const unsigned char *)src, strlen(src));
		char piece[UTF8_MAX + 1] = { *src };
		uint32_t ch;
		size_t used;

		if (len > 1) {
			memcpy(piece, src, (size_t)len);
			utf8_get(piece, &ch);
		}
		if (len > 1 && ch >= 0xa0 && !utf8_turns(ch)) {
			if ((size_t)len >= size)
				break;
			memcpy(dst, piece, (size_t)len + 1);
			used = (size_t)len;
		} else {
			len = len > 1 ? len : 1;
			msg_clean(dst, size, piece);
			used = strlen(dst);
			if (!used)
				break;
		}
		dst += used;
		size -= used;
		src += len;
	}
	*dst = '\0';
}

static void line(const char *prefix, bool utf8, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* One write for each line, so that lines of several programs do not mix. */
static void line(const char *prefix, bool utf8, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES / 2];
	char clean[LINE_MAX_BYTES];
	char out[LINE_MAX_BYTES + 32];

	vsnprintf(text, sizeof(text), fmt, ap);
	(utf8 ? msg_clean_utf8 : msg_clean)(clean, sizeof(clean), text);
	msg_out(out, (size_t)snprintf(out, sizeof(out), "%s%s\n", prefix, clean));
}

void msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("kpl011: ", false, fmt, ap);
	va_end(ap);
}

void msg_more(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("  ", false, fmt, ap);
	va_end(ap);
}

void msg_more_utf8(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("  ", true, fmt, ap);
	va_end(ap);
}

static ssize_t write_clean(void *cookie, const char *text, size_t len)
{
	char clean[LINE_MAX_BYTES];
	char piece[2] = "";
	size_t at = 0;

	(void)cookie;
	for (size_t i = 0; i < len; i++) {
		if (at + 5 > sizeof(clean)) {
			msg_out(clean, at);
			at = 0;
		}
		piece[0] = text[i];
		if (text[i] == '\n')
			strcpy(clean + at, piece);
		else
			msg_clean(clean + at, sizeof(clean) - at, piece);
		at += strlen(clean + at);
	}
	msg_out(clean, at);
	return (ssize_t)len;
}

void msg_clean_stderr(void)
{
	FILE *file = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_clean });

	if (!file)
		return;
	setvbuf(file, NULL, _IOLBF, BUFSIZ);
	stderr = file;
}
