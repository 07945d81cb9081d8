// SPDX-License-Identifier: GPL-2.0-only
#include "text/glued.h"

#include <string.h>

/* Digits of a second's fraction, and of all before it with the blanks in front, by printk. */
#define FRACTION 6
#define SECONDS 5

/* More than any time has. */
#define LONG 20

static size_t digits(const char *text, size_t len, size_t at)
{
	size_t end = at;

	while (end < len && text[end] >= '0' && text[end] <= '9')
		end++;
	return end - at;
}

/*
 * printk's "[    5.123456] " or, with the caller behind it, "[    5.123456][    T1] ". What
 * has its width may have other fractions.
 */
static bool is_time(const char *text, size_t len, size_t at)
{
	size_t from = at + 1;
	size_t fraction;
	size_t seconds;

	for (at = from; at < len && text[at] == ' '; at++)
		;
	seconds = digits(text, len, at);
	at += seconds;
	if (!seconds || at - from > LONG || at >= len || text[at] != '.')
		return false;
	seconds = at - from;
	fraction = digits(text, len, ++at);
	at += fraction;
	if (!fraction || fraction > LONG || (fraction != FRACTION && seconds < SECONDS))
		return false;
	return at + 1 < len && text[at] == ']' && (text[at + 1] == ' ' || text[at + 1] == '[');
}

static bool is_unit(const char *text, size_t len, size_t at)
{
	static const char *const states[] = { "[  OK  ] ", "[FAILED] ", "[DEPEND] ", "[ SKIP ] ",
					      "[ INFO ] ", "[ WARN ] ", "[ERROR ] ", "[ TIME ] " };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (len - at >= strlen(states[i]) &&
		    !memcmp(text + at, states[i], strlen(states[i])))
			return true;
	return false;
}

bool glued_begins(const char *text, size_t len, size_t at)
{
	return at < len && text[at] == '[' && (is_time(text, len, at) || is_unit(text, len, at));
}

size_t glued_find(const char *text, size_t len, size_t from)
{
	for (size_t at = from + 1; at < len; at++) {
		const char *next = memchr(text + at, '[', len - at);

		if (!next)
			break;
		at = (size_t)(next - text);
		if (glued_begins(text, len, at))
			return at;
	}
	return len;
}
