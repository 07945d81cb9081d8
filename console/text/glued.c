// SPDX-License-Identifier: GPL-2.0-only
#include "text/glued.h"

#include <string.h>

/* By printk: digits of a second's fraction, and the width of the seconds with the blanks before. */
#define FRACTION 6
#define SECONDS 5

/* Longer than any time. */
#define LONG 20

/* Width of a caller with the blanks before it, to which printk pads it. Digits of a level. */
#define CALLER 6
#define LEVEL 3

/* In a message without a time: lengths and words before the colon, and the least after it. */
#define SUBJECT_MIN 3
#define SUBJECT_MAX 48
#define SUBJECT_WORDS 4
#define TEXT_MIN 4

static size_t digits(const char *text, size_t len, size_t at)
{
	size_t end = at;

	while (end < len && text[end] >= '0' && text[end] <= '9')
		end++;
	return end - at;
}

/*
 * printk's "[    5.123456] " or, with the caller after it, "[    5.123456][    T1] ". A time that
 * has printk's width may have a fraction of another length.
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

static bool begins(const char *text, size_t len, size_t at, const char *what)
{
	size_t count = strlen(what);

	return len - at >= count && !memcmp(text + at, what, count);
}

static bool begins_any(const char *text, size_t len, size_t at, const char *const *all,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (begins(text, len, at, all[i]))
			return true;
	return false;
}

#define BEGINS_ANY(text, len, at, all) \
	begins_any(text, len, at, all, sizeof(all) / sizeof((all)[0]))

/* "[    T1] ": a caller alone, of a printk without times. */
static bool is_caller(const char *text, size_t len, size_t at)
{
	size_t from = ++at;

	while (at < len && text[at] == ' ')
		at++;
	if (at == len || (text[at] != 'T' && text[at] != 'C'))
		return false;
	at += 1 + digits(text, len, at + 1);
	return at - from >= CALLER && at - from <= LONG && begins(text, len, at, "] ") &&
	       text[at - 1] >= '0' && text[at - 1] <= '9';
}

/* Zephyr's "[00:00:00.123,000] <inf> ". */
static bool is_zephyr(const char *text, size_t len, size_t at)
{
	static const char form[] = "[00:00:00.000,000] <";

	if (len - at < sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? !digits(text, at + i + 1, at + i) : text[at + i] != form[i])
			return false;
	return true;
}

static bool in_brackets(const char *text, size_t len, size_t at)
{
	static const char *const states[] = { "[  OK  ] ", "[FAILED] ", "[DEPEND] ", "[ SKIP ] ",
					      "[ INFO ] ", "[ WARN ] ", "[ERROR ] ", "[ TIME ] ",
					      "[***   ] ", "[ ***  ] ", "[  *** ] ", "[   ***] ",
					      "[*     ] ", "[**    ] ", "[    **] ", "[     *] " };

	return is_time(text, len, at) || is_caller(text, len, at) || is_zephyr(text, len, at) ||
	       BEGINS_ANY(text, len, at, states);
}

/* "<6>", and what printk or systemd prints after it. */
static bool has_level(const char *text, size_t len, size_t at)
{
	size_t count = digits(text, len, at + 1);
	size_t behind = at + count + 2;

	if (!count || count > LEVEL || behind >= len || text[behind - 1] != '>')
		return false;
	return (text[behind] == '[' && in_brackets(text, len, behind)) ||
	       begins(text, len, behind, "systemd[") || glued_may_begin(text, len, behind);
}

/* "E/TC:0 0 ", "D/TA: ", "I/LD: " of OP-TEE: a level and who says it. */
static bool is_optee(const char *text, size_t len, size_t at)
{
	static const char *const who[] = { "/TC:", "/TA:", "/LD:" };

	return strchr("EIDFM", text[at]) && BEGINS_ANY(text, len, at + 1, who);
}

/* Others that nobody types after a prompt. */
static bool has_name(const char *text, size_t len, size_t at)
{
	/* Of Trusted Firmware, which aligns its texts; of Xen; of systemd. */
	static const char *const names[] = { "NOTICE:  ",
					     "ERROR:   ",
					     "WARNING: BL",
					     "INFO:    ",
					     "VERBOSE: ",
					     "(XEN) ",
					     "systemd[1]: ",
					     "         Starting ",
					     "         Stopping ",
					     "         Mounting ",
					     "         Unmounting ",
					     "         Activating " };

	return BEGINS_ANY(text, len, at, names);
}

bool glued_begins(const char *text, size_t len, size_t at)
{
	if (at >= len)
		return false;
	switch (text[at]) {
	case '[':
		return in_brackets(text, len, at);
	case '<':
		return has_level(text, len, at);
	case ' ':
		return at + 1 < len && text[at + 1] == ' ' && has_name(text, len, at);
	case '(':
	case 's':
	case 'N':
	case 'W':
	case 'V':
		return has_name(text, len, at);
	case 'E':
	case 'I':
		return has_name(text, len, at) || is_optee(text, len, at);
	case 'D':
	case 'F':
	case 'M':
		return is_optee(text, len, at);
	default:
		return false;
	}
}

/* Characters of drivers' and devices' names: "e1000e 0000:00:19.0 eth0", "EXT4-fs (vda1)". */
static bool in_subject(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr(" -_.,:()/@", c);
}

bool glued_may_begin(const char *text, size_t len, size_t at)
{
	size_t words = 1;
	size_t end = at;

	/* What follows the colon may be anything. */
	while (end < len && in_subject(text[end]) && !begins(text, len, end, ": ")) {
		words += text[end] == ' ';
		end++;
	}
	if (end - at < SUBJECT_MIN || end - at > SUBJECT_MAX || words > SUBJECT_WORDS)
		return false;
	return begins(text, len, end, ": ") && text[at] != ' ' && end + 2 + TEXT_MIN <= len &&
	       text[end + 2] != ' ';
}

/* The characters that a message may begin with. */
static const char firsts[] = "[<EIDFMNWV(s ";

size_t glued_find(const char *text, size_t len, size_t from)
{
	for (size_t at = from + 1; at < len; at++)
		if (memchr(firsts, text[at], sizeof(firsts) - 1) && glued_begins(text, len, at))
			return at;
	return len;
}
