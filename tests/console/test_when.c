// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <time.h>

#include "text/when.h"

#define SECOND 1000000000ll

/* 2026-03-04 05:06:07.5 UTC */
#define NOW (1772600767ll * SECOND + SECOND / 2)
#define MIDNIGHT (1772582400ll * SECOND)

/* As far as a time can be from 1970. */
#define FAR (INT64_MAX / 2)

static void test_times_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t then;
	} cases[] = {
		{ "now", NOW },
		{ "today", MIDNIGHT },
		{ "yesterday", MIDNIGHT - 86400 * SECOND },
		{ "2026-03-04", MIDNIGHT },
		{ "2026-03-04 05:06:07", NOW - SECOND / 2 },
		{ "2026-03-04T05:06:07.5", NOW },
		{ "2026-03-04 05:06", NOW - SECOND / 2 - 7 * SECOND },
		{ "05:06:07.25", NOW - SECOND / 4 },
		{ "00:00", MIDNIGHT },
		{ "-90s", NOW - 90 * SECOND },
		{ "-1h30m", NOW - 5400 * SECOND },
		{ "-5 min", NOW - 300 * SECOND },
		{ "+2d", NOW + 2 * 86400 * SECOND },
		{ "5 min ago", NOW - 300 * SECOND },
		{ "1h30m ago", NOW - 5400 * SECOND },
		{ "@0", 0 },
		{ "@1772600767.5", NOW },
		{ "2028-02-29", MIDNIGHT + 727 * 86400 * SECOND },
		{ "0001-01-01", -FAR },
		{ "9999-12-31 23:59:59.9", FAR },
		{ "@9999999999", FAR },
		{ "@4611686018.427387902", FAR },
		{ "-999999999d", NOW - FAR },
		{ "999999999d ago", NOW - FAR },
		{ "-999999999d999999999d999999999h", NOW - FAR },
		{ "+999999999d", FAR },
		{ "+106751d", FAR },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		int64_t then = -1;

		if (!when_parse(cases[i].text, NOW, &then))
			fail_msg("'%s' is no time", cases[i].text);
		if (then != cases[i].then)
			fail_msg("'%s' is %jd", cases[i].text, (intmax_t)then);
	}
}

static void test_what_is_no_time_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"then",
		"5",
		"5 min",
		"-",
		"-5",
		"-5 years",
		"24:00",
		"12:60",
		"12",
		"12:30pm",
		"@",
		"@x",
		"@-1",
		"@1.",
		"@1.5x",
		"@ 1",
		"2026-13-01",
		"2026-01-32",
		"2026-01-01 ",
		"2026-01-01x",
		"-5min ago",
		"12:00:00.",
		"12:-1",
		"99999999999999999999s ago",
		"2026-01-01 99",
		"-1hh",
		"2026-02-31",
		"2026-02-29",
		"2026-04-31 12:00",
		"today ago",
		"9:+5",
		" 9:05",
		"09: 5",
		"-0:30",
		"12:00:+5",
		"12:00:-0",
		"12:00:",
		"+2026-03-04",
		"2026-+3-04",
		"2026-03- 4",
		" 2026-03-04",
		"2026-03-04 +9:00",
		"2026-03-04T 9:00",
		"@+1",
		"@1.x",
		"@12345678901",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		int64_t then;

		if (when_parse(wrong[i], NOW, &then))
			fail_msg("'%s' is a time", wrong[i]);
	}
}

static void test_a_time_has_its_zone(void **state)
{
	char text[WHEN_ISO_SIZE];
	int64_t then;

	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	assert_true(when_parse("2026-03-04", NOW, &then));
	assert_true(then == MIDNIGHT - 19800 * SECOND);
	when_iso(when_now(), text);
	assert_int_equal(strlen(text), 29);
	assert_string_equal(text + 23, "+05:30");
	setenv("TZ", "UTC", 1);
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_as_people_write_them),
		cmocka_unit_test(test_what_is_no_time_is_refused),
		cmocka_unit_test(test_a_time_has_its_zone),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
