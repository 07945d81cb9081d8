// SPDX-License-Identifier: GPL-2.0-only
#include "text/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/human.h"

#define SECOND 1000000000ll

/* No clock of ours goes further than these 146 years, and sums of them still fit. */
#define FAR (INT64_MAX / 2)

/* How many to ask for at once. */
#define MARKS 256

int64_t when_now(void)
{
	return clock_boot_ns();
}

int64_t when_printed(struct source *src, uint64_t pos)
{
	struct source_mark mark;

	if (!source_marks(src, pos, &mark, 1) || mark.pos > pos)
		return 0;
	return mark.ns;
}

const char *when_iso(int64_t ns, char text[WHEN_ISO_SIZE])
{
	int64_t then = clock_real_of_boot(ns);
	time_t seconds = (time_t)(then / SECOND);
	char date[24];
	char zone[8];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, WHEN_ISO_SIZE, "%s.%03d%.3s:%s", date, (int)(then / 1000000 % 1000), zone,
		 zone + 3);
	return text;
}

int64_t when_real_now(void)
{
	return clock_real_ns();
}

int64_t when_from_real(int64_t real)
{
	return real - clock_real_ns() + clock_boot_ns();
}

bool when_find(struct source *src, const struct source_facts *facts, int64_t ns, uint64_t *pos)
{
	struct source_mark marks[MARKS];
	uint64_t at = facts->tx_oldest;
	bool known = false;
	size_t count;

	*pos = facts->tx_newest;
	if (at == facts->tx_newest)
		return true;
	for (;;) {
		count = source_marks(src, at, marks, MARKS);
		for (size_t i = 0; i < count && marks[i].pos < facts->tx_newest; i++) {
			known = true;
			if (marks[i].ns < ns)
				continue;
			*pos = marks[i].pos > facts->tx_oldest ? marks[i].pos : facts->tx_oldest;
			return true;
		}
		/* The last mark is the first of the next ones; alone, it is the last of all. */
		if (count < MARKS || marks[count - 1].pos <= at)
			return known;
		at = marks[count - 1].pos;
	}
}

/* Reads a fraction of a second, after the dot, as nanoseconds, and moves past it. */
static bool fraction(const char **text, int64_t *ns)
{
	int64_t scale = SECOND / 10;

	if (**text < '0' || **text > '9')
		return false;
	for (*ns = 0; **text >= '0' && **text <= '9'; (*text)++, scale /= 10)
		*ns += (**text - '0') * scale;
	return true;
}

static int64_t bounded(int64_t ns)
{
	return ns > FAR ? FAR : ns < -FAR ? -FAR : ns;
}

static int64_t of_seconds(int64_t seconds, int64_t ns)
{
	if (seconds >= FAR / SECOND)
		return FAR;
	return seconds <= -FAR / SECOND ? -FAR : seconds * SECOND + ns;
}

/* Reads "1h30m" or "90 s", up to the end or to " ago". */
static bool parse_span(const char *text, int64_t *ns, bool *ago)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "min", 60 }, { "m", 60 }, { "s", 1 }, { "h", 3600 }, { "d", 86400 },
	};
	bool any = false;

	*ns = 0;
	*ago = false;
	while (*text) {
		uint64_t number;
		size_t unit;

		if (any && !strcmp(text, " ago")) {
			*ago = true;
			return true;
		}
		if (!human_digits(&text, 9, &number))
			return false;
		text += *text == ' ';
		for (unit = 0; unit < sizeof(units) / sizeof(units[0]); unit++)
			if (!strncmp(text, units[unit].name, strlen(units[unit].name)))
				break;
		if (unit == sizeof(units) / sizeof(units[0]))
			return false;
		text += strlen(units[unit].name);
		*ns = bounded(*ns + of_seconds((int64_t)number * units[unit].seconds, 0));
		any = true;
	}
	return any;
}

/* Reads a number of a date or a time, and the character before it. */
static bool part(const char **text, char in_front, unsigned int max, int *value)
{
	uint64_t number;

	if (in_front && *(*text)++ != in_front)
		return false;
	if (!human_digits(text, max, &number))
		return false;
	*value = (int)number;
	return true;
}

static bool parse_time(const char *text, struct tm *tm, int64_t *ns)
{
	*ns = 0;
	tm->tm_sec = 0;
	if (!part(&text, 0, 2, &tm->tm_hour) || !part(&text, ':', 2, &tm->tm_min))
		return false;
	if (*text == ':') {
		if (!part(&text, ':', 2, &tm->tm_sec))
			return false;
		if (*text == '.' && (text++, !fraction(&text, ns)))
			return false;
	}
	return !*text && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec < 61;
}

/* Whether the month has that day. */
static bool is_day(const struct tm *tm)
{
	struct tm day = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday, .tm_hour = 12
	};

	timegm(&day);
	return day.tm_mon == tm->tm_mon && day.tm_mday == tm->tm_mday;
}

static bool parse_date(const char *text, struct tm *tm, int64_t *ns)
{
	const char *whole = text;
	int month;
	int year;
	int day;

	if (!part(&text, 0, 4, &year) || !part(&text, '-', 2, &month) || !part(&text, '-', 2, &day))
		return parse_time(whole, tm, ns);
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	if (!is_day(tm))
		return false;
	if (*text == ' ' || *text == 'T')
		return parse_time(text + 1, tm, ns);
	return !*text;
}

bool when_parse(const char *text, int64_t now, int64_t *then)
{
	time_t seconds = (time_t)(now / SECOND);
	int64_t ns = 0;
	struct tm tm;
	bool ago;

	if (!strcmp(text, "now")) {
		*then = now;
		return true;
	}
	if (text[0] == '@') {
		uint64_t number;

		text++;
		if (!human_digits(&text, 10, &number) ||
		    (*text == '.' && (text++, !fraction(&text, &ns))) || *text)
			return false;
		*then = of_seconds((int64_t)number, ns);
		return true;
	}
	if (text[0] == '-' || text[0] == '+') {
		if (!parse_span(text + 1, &ns, &ago) || ago)
			return false;
		*then = bounded(text[0] == '-' ? now - ns : now + ns);
		return true;
	}
	if (parse_span(text, &ns, &ago) && ago) {
		*then = bounded(now - ns);
		return true;
	}
	ns = 0;
	localtime_r(&seconds, &tm);
	tm.tm_isdst = -1;
	if (!strcmp(text, "today") || !strcmp(text, "yesterday")) {
		tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
		tm.tm_mday -= *text == 'y';
	} else {
		struct tm date = tm;

		/* A date alone means its midnight, a time alone means today. */
		date.tm_hour = date.tm_min = date.tm_sec = 0;
		if (!parse_date(text, &date, &ns))
			return false;
		tm = date;
	}
	*then = of_seconds((int64_t)mktime(&tm), ns);
	return true;
}
