// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text/alerts.h"

static bool found(size_t index, const char *text, size_t len, size_t behind, void *arg)
{
	(void)text;
	(void)len;
	(void)behind;
	*(uint64_t *)arg |= UINT64_C(1) << index;
	return false;
}

/* Each would take years on such a line; there is one that is found nevertheless. */
static void test_patterns_that_explode_are_given_up(void **state)
{
	static const char *const patterns[] = {
		"(a+)+$",
		"(a|aa)+$",
		"(a|a)*b",
		"(.*)*(.*)*(.*)*\\d",
		"^(([a-z])+.)+[A-Z]([a-z])+$",
		"(?:(?=(a+))a?)*c",
		"(x?){0,60}(a*)*y",
		"(a(?1)?a?)+z",
	};
	const size_t many = sizeof(patterns) / sizeof(patterns[0]);
	static const struct alerts_ops ops = { .matched = found };
	static struct alerts_line line;
	struct alerts *alerts = alerts_new();
	unsigned char text[1000];
	char error[160];
	uint64_t got = 0;

	(void)state;
	for (size_t i = 0; i < many; i++)
		assert_true(alerts_add(alerts, "x", NULL, patterns[i], error, sizeof(error)));
	assert_true(alerts_add(alerts, "x", NULL, "aaa!", error, sizeof(error)));
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 2, "!\n", 2);
	alerts_look(alerts, &line, "web1", UINT64_MAX, text, 0, sizeof(text), &ops, &got);
	assert_int_equal(got, UINT64_C(1) << many);
	/* Half a character is none. */
	assert_false(alerts_add(alerts, "x", NULL, "a\\C", error, sizeof(error)));
	assert_false(alerts_add(alerts, "x", NULL, "(", error, sizeof(error)));
	while (alerts_count(alerts) < ALERTS_MAX)
		assert_true(alerts_add(alerts, "x", NULL, "a", error, sizeof(error)));
	assert_false(alerts_add(alerts, "x", NULL, "a", error, sizeof(error)));
	assert_non_null(strstr(error, "there are 64 patterns already"));
	alerts_free(alerts);
}

/* Every go of a search ends a turn; how long the longest has taken of the processor. */
static struct {
	uint64_t found;
	size_t goes;
	uint64_t begun;
	uint64_t longest;
} hard;

static uint64_t processor_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool over(void *arg)
{
	uint64_t took = processor_ns() - hard.begun;

	(void)arg;
	hard.goes++;
	if (took > hard.longest)
		hard.longest = took;
	return true;
}

static bool found_hard(size_t index, const char *text, size_t len, size_t behind, void *arg)
{
	(void)arg;
	return found(index, text, len, behind, &hard.found);
}

static void look_in_turns(const struct alerts *alerts, const unsigned char *text, size_t len)
{
	static const struct alerts_ops ops = { .matched = found_hard, .over = over };
	static struct alerts_line line;
	size_t at = 0;

	memset(&hard, 0, sizeof(hard));
	memset(&line, 0, sizeof(line));
	do {
		hard.begun = processor_ns();
		at = alerts_look(alerts, &line, "web1", UINT64_MAX, text, at, len, &ops, NULL);
	} while (at < len || line.searched);
}

static void test_no_pattern_takes_longer_than_a_turn(void **state)
{
	static const char *const patterns[] = {
		"(\\w+[.-]?)*@[a-z]+=",
		"(a+)+$",
		"(a|a){12}!",
		"[a-z ]*[a-z ]*[0-9]=",
	};
	struct alerts *alerts = alerts_new();
	static unsigned char text[4096];
	char error[160];

	(void)state;
	while (alerts_count(alerts) < ALERTS_MAX - 1)
		assert_true(alerts_add(alerts, "x", NULL,
				       patterns[alerts_count(alerts) % ROWS(patterns)], error,
				       sizeof(error)));
	/* Behind a place where others took many steps, and at the end of the line. */
	assert_true(alerts_add(alerts, "x", NULL, "(a|b)*aa=", error, sizeof(error)));
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - 3, "=\r\n", 3);
	look_in_turns(alerts, text, sizeof(text));
	print_message("a go takes %d us at most, of %zu\n", (int)(hard.longest / 1000), hard.goes);
	assert_true(hard.goes >= ALERTS_MAX);
	assert_true(hard.longest < (uint64_t)100 * 1000000);
	/* Short, so that each place may take its steps. */
	memset(text, 'a', 8);
	memcpy(text + 8, "aa=\n", 4);
	look_in_turns(alerts, text, 12);
	assert_true(hard.found >> (ALERTS_MAX - 1));
	alerts_free(alerts);
}

/* In turns or not: the same is found, also of what is printed over. */
static void test_in_turns_the_same_is_found(void **state)
{
	static const char text[] = "one\rtwo\rthree\r\nfour and more\n\nfive";
	static const char *const patterns[] = {
		"^one$", "two", "th.*e", "four$", "more", "fi", "x"
	};
	static const struct alerts_ops ops = { .matched = found };
	static struct alerts_line line;
	struct alerts *alerts = alerts_new();
	uint64_t got = 0;
	char error[160];

	(void)state;
	for (size_t i = 0; i < ROWS(patterns); i++)
		assert_true(alerts_add(alerts, "x", NULL, patterns[i], error, sizeof(error)));
	alerts_look(alerts, &line, "web1", UINT64_MAX, (const unsigned char *)text, 0,
		    sizeof(text) - 1, &ops, &got);
	look_in_turns(alerts, (const unsigned char *)text, sizeof(text) - 1);
	assert_int_equal(got, 0x37);
	assert_int_equal(hard.found, got);
	assert_true(hard.goes > 20);
	alerts_free(alerts);
}

/* Characters, and not their bytes; what is none is one as well, and in nobody's way. */
static void test_patterns_are_of_characters(void **state)
{
	static const struct {
		const char *pattern;
		const char *line;
		bool matches;
	} cases[] = {
		{ "(?i)z\u00fcrich", "Z\u00dcRICH", true },
		{ "^x.y$", "x\u00e4y", true },
		{ "h[^z]he", "h\u00f6he", true },
		{ "^\\p{L}+$", "z\u00fcrich", true },
		{ "^\\w+$", "z\u00fcrich", true },
		{ "[\u00e4]", "\u00f6", false },
		{ "[\u00e4]", "\u00e4", true },
		{ "one.two", "one\xfftwo", true },
		{ "one\\x{fffd}two", "one\xc3two", true },
		{ "three", "\xff\xc3\xe2\x82 three", true },
		{ "\u00fc$", "\xbc\xff\u00fc", true },
	};
	static const struct alerts_ops ops = { .matched = found };
	char error[160];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct alerts *alerts = alerts_new();
		static struct alerts_line line;
		char text[64];
		size_t len = (size_t)sprintf(text, "%s\n", cases[i].line);
		const unsigned char *bytes = (const unsigned char *)text;
		uint64_t got = 0;

		assert_true(alerts_add(alerts, "x", NULL, cases[i].pattern, error, sizeof(error)));
		memset(&line, 0, sizeof(line));
		alerts_look(alerts, &line, "web1", UINT64_MAX, bytes, 0, len, &ops, &got);
		if (got != cases[i].matches)
			fail_msg("%s of %s", cases[i].pattern, cases[i].line);
		alerts_free(alerts);
	}
}

/* Wherever it is cut it is of whole characters. */
static void test_what_is_shown_of_a_line_is_of_characters(void **state)
{
	struct alerts *alerts = alerts_new();
	char error[160];

	(void)state;
	assert_true(alerts_add(alerts, "x", NULL, "z\u00fcrich", error, sizeof(error)));
	for (size_t before = 0; before < 40; before++) {
		static struct alerts_line line;
		char text[2000] = "";
		char shown[64];

		memset(&line, 0, sizeof(line));
		for (size_t i = 0; i < before; i++)
			strcat(text, i % 2 ? "\u00e4" : "x");
		strcat(text, "z\u00fcrich");
		for (size_t i = 0; i < 300; i++)
			strcat(text, "\u00f6");
		strcat(text, "\n");
		assert_non_null(alerts_scan(alerts, &line, "web1", (const unsigned char *)text,
					    strlen(text), shown, sizeof(shown)));
		assert_null(strchr(shown, '\\'));
		assert_non_null(strstr(shown, "z\u00fc"));
	}
	alerts_free(alerts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns_that_explode_are_given_up),
		cmocka_unit_test(test_no_pattern_takes_longer_than_a_turn),
		cmocka_unit_test(test_in_turns_the_same_is_found),
		cmocka_unit_test(test_patterns_are_of_characters),
		cmocka_unit_test(test_what_is_shown_of_a_line_is_of_characters),
	};

	/* Without its limits a pattern would not come back. */
	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
