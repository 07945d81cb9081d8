// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>

#include "text/expect.h"

static struct expect *of(enum expect_of of, const char *const *patterns)
{
	struct expect *expect = expect_new(of);
	char error[256];

	assert_non_null(expect);
	for (; *patterns; patterns++)
		assert_int_equal(expect_pattern(expect, *patterns, error, sizeof(error)), 0);
	expect_begin(expect, 100);
	return expect;
}

#define WITH(...) of(EXPECT_BYTES, (const char *const[]){ __VA_ARGS__, NULL })
#define TEXT(...) of(EXPECT_TEXT, (const char *const[]){ __VA_ARGS__, NULL })

static enum expect_result look(struct expect *expect, struct expect_hit *hit)
{
	enum expect_result result;

	while ((result = expect_step(expect, hit)) == EXPECT_MORE)
		;
	return result;
}

/* More is to come. */
static enum expect_result feed(struct expect *expect, const char *bytes, size_t len,
			       struct expect_hit *hit)
{
	expect_add(expect, bytes, len);
	return look(expect, hit);
}

static enum expect_result add(struct expect *expect, const char *bytes, size_t len,
			      struct expect_hit *hit)
{
	enum expect_result result = feed(expect, bytes, len, hit);

	if (result != EXPECT_NONE)
		return result;
	expect_stand(expect);
	return look(expect, hit);
}

static enum expect_result say(struct expect *expect, const char *text, struct expect_hit *hit)
{
	return add(expect, text, strlen(text), hit);
}

static void test_a_match_is_found_however_the_bytes_come(void **state)
{
	static const char text[] = "[    0.1] Linux\r\nDebian 12 web1 ttyAMA0\r\n\r\nweb1 login: ";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct expect *expect = WITH("^(\\w+) login: $");
		struct expect_hit hit;
		enum expect_result result = EXPECT_NONE;

		for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
			size_t left = sizeof(text) - 1 - at;

			assert_int_equal(result, EXPECT_NONE);
			result = add(expect, text + at, left < piece ? left : piece, &hit);
		}
		assert_int_equal(result, EXPECT_FOUND);
		assert_int_equal(hit.start, 100 + sizeof(text) - 1 - 12);
		assert_int_equal(hit.end, 100 + sizeof(text) - 1);
		assert_int_equal(hit.groups, 1);
		assert_memory_equal(hit.group[0].text, "web1", 4);
		expect_free(expect);
	}
}

static void test_the_first_match_is_found_then_the_first_pattern(void **state)
{
	struct expect *expect = WITH("panic", "login", "log");
	struct expect_hit hit;

	(void)state;
	assert_int_equal(say(expect, "login, then a panic", &hit), EXPECT_FOUND);
	assert_int_equal(hit.pattern, 1);
	assert_int_equal(hit.all.len, 5);
	expect_free(expect);
}

static void test_ends_of_lines(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool found;
	} cases[] = {
		{ "^web1$", "a\r\nweb1\r\n", true },
		{ "^web1$", "a\nweb1", true },
		{ "^web1$", "a web1\r\n", false },
		{ "a.*b", "a\r\nb", false },
		{ "(?s)a.*b", "a\r\nb", true },
		{ "# $", "root@web1:~# ", true },
		{ "x*", "aaa", false },
		{ "\\xc3\\xbc", "gr\xc3\xbc", true },
		{ "gr\xc3\xbc", "gr\xc3\xbc", true },
		{ "\\bcat\\b", "a cat.", true },
		{ "\\bcat\\b", "concatenate", false },
		{ "foo\\Kbar", "foobar", true },
	};
	struct expect_hit hit;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct expect *expect = WITH(cases[i].pattern);

		assert_int_equal(say(expect, cases[i].text, &hit),
				 cases[i].found ? EXPECT_FOUND : EXPECT_NONE);
		expect_free(expect);
	}
}

static void test_a_match_spans_no_gap(void **state)
{
	struct expect *expect = WITH("login");
	struct expect_hit hit;

	(void)state;
	assert_int_equal(say(expect, "log", &hit), EXPECT_NONE);
	expect_begin(expect, 5000);
	assert_int_equal(say(expect, "in", &hit), EXPECT_NONE);
	assert_int_equal(say(expect, " login", &hit), EXPECT_FOUND);
	assert_int_equal(hit.start, 5003);
	expect_free(expect);
}

static void test_positions_hold_behind_a_long_output(void **state)
{
	static char chunk[EXPECT_CHUNK];
	struct expect *expect = WITH("^ready", "a(?s:.*)z");
	struct expect_hit hit;

	(void)state;
	memset(chunk, '.', sizeof(chunk));
	assert_int_equal(say(expect, "a", &hit), EXPECT_NONE);
	for (int i = 0; i < 100; i++)
		assert_int_equal(add(expect, chunk, sizeof(chunk), &hit), EXPECT_NONE);
	/* The window begins in the middle of a line: that is no beginning of one. */
	assert_int_equal(say(expect, "\nready", &hit), EXPECT_FOUND);
	assert_int_equal(hit.pattern, 0);
	assert_int_equal(hit.start, 100 + 1 + 100 * sizeof(chunk) + 1);
	expect_free(expect);
}

static void test_the_longest_match_fits_the_window(void **state)
{
	static char chunk[EXPECT_WINDOW - 2];
	struct expect *expect = WITH("(?s)<.*+>|<[^>]*>");
	struct expect_hit hit;

	(void)state;
	memset(chunk, '.', sizeof(chunk));
	for (int i = 0; i < 5; i++)
		assert_int_equal(add(expect, chunk, sizeof(chunk), &hit), EXPECT_NONE);
	assert_int_equal(say(expect, "<", &hit), EXPECT_NONE);
	assert_int_equal(add(expect, chunk, sizeof(chunk), &hit), EXPECT_NONE);
	assert_int_equal(say(expect, ">", &hit), EXPECT_FOUND);
	assert_int_equal(hit.all.len, EXPECT_WINDOW);
	expect_free(expect);
}

static void test_a_match_at_the_end_waits_for_more(void **state)
{
	static const struct {
		const char *pattern;
		size_t len;
	} cases[] = { { "lo\\w+", 5 }, { "login: $", 7 }, { "login(?=.*$)", 5 }, { "n\\b", 1 } };
	struct expect_hit hit;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct expect *expect = WITH(cases[i].pattern);
		enum expect_result result;

		assert_int_equal(feed(expect, "login", 5, &hit), EXPECT_NONE);
		result = feed(expect, ": ", 2, &hit);
		if (i == 1) {
			assert_int_equal(result, EXPECT_NONE);
			expect_stand(expect);
			result = look(expect, &hit);
		}
		assert_int_equal(result, EXPECT_FOUND);
		assert_int_equal(hit.all.len, cases[i].len);
		expect_free(expect);
	}
}

static void test_what_is_taken_back_was_not_there(void **state)
{
	struct expect *expect = TEXT("login: $", "xy", "a\nb");
	struct expect_hit hit;

	(void)state;
	assert_int_equal(say(expect, "a\nlogin: x", &hit), EXPECT_NONE);
	expect_take_back(expect, 1);
	assert_int_equal(feed(expect, "", 0, &hit), EXPECT_NONE);
	expect_stand(expect);
	assert_int_equal(look(expect, &hit), EXPECT_FOUND);
	assert_int_equal(hit.start, 102);
	assert_int_equal(hit.end, 109);
	expect_take_back(expect, 7);
	assert_int_equal(say(expect, "b", &hit), EXPECT_FOUND);
	assert_int_equal(hit.pattern, 2);
	expect_free(expect);
}

static void test_text_is_characters(void **state)
{
	static const struct {
		const char *pattern;
		const char *found;
	} cases[] = {
		{ "gr.n", "gr\xc3\xbcn" },
		{ "\\w+", "gr\xc3\xbcn" },
		{ "\\p{Lu}\\w", "\xc3\x84x" },
		{ "(?i)\xc3\xa4x", "\xc3\x84x" },
		{ "[\xc3\xa0-\xc3\xbf]", "\xc3\xbc" },
	};
	struct expect_hit hit;
	char error[256];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct expect *expect = TEXT(cases[i].pattern);

		assert_int_equal(say(expect, "gr\xc3\xbcn \xc3\x84x\n", &hit), EXPECT_FOUND);
		assert_int_equal(hit.all.len, strlen(cases[i].found));
		assert_memory_equal(hit.all.text, cases[i].found, hit.all.len);
		assert_int_equal(expect_pattern(expect, "\xff", error, sizeof(error)), -EINVAL);
		assert_int_equal(expect_pattern(expect, "\\C", error, sizeof(error)), -EINVAL);
		expect_free(expect);
	}
}

static void test_lines_of_text_end_with_a_newline(void **state)
{
	static const struct {
		const char *pattern;
		bool found;
	} cases[] = {
		{ "a\r\nb", true },	 { "a\\r\\nb", true },	  { "a\\r?\\nb", true },
		{ "a[\\r\\n]+b", true }, { "a\\\\r\\nb", false }, { "a\\rb", false },
		{ "a\\Rb", true },
	};
	struct expect_hit hit;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct expect *expect = TEXT(cases[i].pattern);

		assert_int_equal(say(expect, "a\nb", &hit),
				 cases[i].found ? EXPECT_FOUND : EXPECT_NONE);
		expect_free(expect);
	}
}

static void test_a_place_that_takes_too_much_is_passed_over(void **state)
{
	static const char *const costly[] = { "(a+)+b", "(?s)a(.*)*b", "(a|a)+b", "((a?)+)+b",
					      "\\w+\\w+\\w+\\w+!" };
	static char chunk[4000];
	struct expect_hit hit;

	(void)state;
	memset(chunk, 'a', sizeof(chunk));
	chunk[sizeof(chunk) - 1] = 'c';
	for (size_t i = 0; i < ROWS(costly); i++) {
		struct expect *expect = TEXT("ready", costly[i], "nothing");

		assert_int_equal(feed(expect, chunk, sizeof(chunk), &hit), EXPECT_TOO_HARD);
		assert_int_equal(hit.pattern, 1);
		/* It is told once, and the place behind is looked at. */
		assert_int_equal(look(expect, &hit), EXPECT_NONE);
		assert_int_equal(say(expect, " aaab!", &hit), EXPECT_FOUND);
		assert_int_equal(hit.pattern, 1);
		assert_true(hit.end > 100 + sizeof(chunk));
		expect_free(expect);
	}
}

/* Each would take hours if one of these places were looked at to the end of what there is. */
static void test_work_is_in_proportion_to_what_comes(void **state)
{
	static const char *const patterns[] = { "a.*b",	  "(?s)a.*b.*c",    "[^x]+y",
						"(a+)+b", "a[^\\n]*?$\\n!", "login: $" };
	static char chunk[EXPECT_CHUNK];
	struct expect_hit hit;

	(void)state;
	memset(chunk, 'a', sizeof(chunk));
	for (size_t i = 0; i < ROWS(patterns); i++) {
		struct expect *expect = TEXT(patterns[i], "^login: $");
		enum expect_result result;

		for (int k = 0; k < 4; k++) {
			result = feed(expect, chunk, sizeof(chunk), &hit);
			if (result == EXPECT_TOO_HARD)
				result = look(expect, &hit);
			assert_int_equal(result, EXPECT_NONE);
		}
		/* In single bytes each is looked at again with those before it. */
		for (int k = 0; k < 500; k++)
			assert_int_equal(add(expect, "a", 1, &hit), EXPECT_NONE);
		result = say(expect, "\nlogin: ", &hit);
		if (result == EXPECT_TOO_HARD)
			result = look(expect, &hit);
		assert_int_equal(result, EXPECT_FOUND);
		assert_int_equal(hit.all.len, 7);
		expect_free(expect);
	}
}

static void test_wrong_patterns_are_told(void **state)
{
	static const char *const wrong[] = { "", "(", "[a", "*", "(?<!a+)b", "(*UTF)a", "\\" };
	struct expect *expect = expect_new(EXPECT_BYTES);
	char error[256];

	(void)state;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		error[0] = '\0';
		assert_int_equal(expect_pattern(expect, wrong[i], error, sizeof(error)), -EINVAL);
		assert_true(strlen(error) > 0);
	}
	for (int i = 0; i < EXPECT_PATTERNS; i++)
		assert_int_equal(expect_pattern(expect, "a", error, sizeof(error)), 0);
	assert_int_equal(expect_pattern(expect, "a", error, sizeof(error)), -ENOSPC);
	expect_free(expect);
}

static void test_errors_are_counted_in_the_pattern_as_it_was_given(void **state)
{
	static const struct {
		const char *pattern;
		const char *where;
	} cases[] = {
		{ "a(", "at character 3" },
		{ "a\\r\\n(", "at character 7" },
		{ "a\r\n(", "at character 5" },
		{ "\xc3\xa4\\r\\n[z-a]", "at character 9" },
		{ "\\r\\n\\r\\n(", "at character 10" },
		{ "a\\\\r\\n(", "at character 8" },
	};
	struct expect *expect = expect_new(EXPECT_TEXT);
	struct expect *bytes = expect_new(EXPECT_BYTES);
	char error[256];

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_int_equal(expect_pattern(expect, cases[i].pattern, error, sizeof(error)),
				 -EINVAL);
		assert_non_null(strstr(error, cases[i].where));
	}
	assert_int_equal(expect_pattern(bytes, "a\\r\\n(", error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "at character 7"));
	expect_free(bytes);
	expect_free(expect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_match_is_found_however_the_bytes_come),
		cmocka_unit_test(test_the_first_match_is_found_then_the_first_pattern),
		cmocka_unit_test(test_ends_of_lines),
		cmocka_unit_test(test_a_match_spans_no_gap),
		cmocka_unit_test(test_positions_hold_behind_a_long_output),
		cmocka_unit_test(test_the_longest_match_fits_the_window),
		cmocka_unit_test(test_a_match_at_the_end_waits_for_more),
		cmocka_unit_test(test_what_is_taken_back_was_not_there),
		cmocka_unit_test(test_text_is_characters),
		cmocka_unit_test(test_lines_of_text_end_with_a_newline),
		cmocka_unit_test(test_a_place_that_takes_too_much_is_passed_over),
		cmocka_unit_test(test_work_is_in_proportion_to_what_comes),
		cmocka_unit_test(test_wrong_patterns_are_told),
		cmocka_unit_test(test_errors_are_counted_in_the_pattern_as_it_was_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
