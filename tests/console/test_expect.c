// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>

#include "text/expect.h"

static struct expect *with(const char *const *patterns)
{
	struct expect *expect = expect_new();
	char error[256];

	assert_non_null(expect);
	for (; *patterns; patterns++)
		assert_int_equal(expect_pattern(expect, *patterns, error, sizeof(error)), 0);
	expect_begin(expect, 100);
	return expect;
}

#define WITH(...) with((const char *const[]){ __VA_ARGS__, NULL })

static enum expect_result add(struct expect *expect, const char *bytes, size_t len,
			      struct expect_hit *hit)
{
	enum expect_result result;

	expect_add(expect, bytes, len);
	while ((result = expect_step(expect, hit)) == EXPECT_MORE)
		;
	return result;
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
		{ "^web1$", "a\r\nweb1\r\n", true },   { "^web1$", "a\nweb1", true },
		{ "^web1$", "a web1\r\n", false },     { "a.*b", "a\r\nb", false },
		{ "(?s)a.*b", "a\r\nb", true },	       { "# $", "root@web1:~# ", true },
		{ "x*", "aaa", false },		       { "\\xc3\\xbc", "gr\xc3\xbc", true },
		{ "gr\xc3\xbc", "gr\xc3\xbc", true },  { "\\bcat\\b", "a cat.", true },
		{ "\\bcat\\b", "concatenate", false }, { "foo\\Kbar", "foobar", true },
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

static void test_a_costly_pattern_is_given_up(void **state)
{
	struct expect *expect = WITH("ready", "(a+)+b");
	static char chunk[4000];
	struct expect_hit hit;

	(void)state;
	memset(chunk, 'a', sizeof(chunk));
	chunk[sizeof(chunk) - 1] = 'c';
	assert_int_equal(add(expect, chunk, sizeof(chunk), &hit), EXPECT_TOO_HARD);
	assert_int_equal(hit.pattern, 1);
	expect_free(expect);
}

static void test_wrong_patterns_are_told(void **state)
{
	static const char *const wrong[] = { "", "(", "[a", "*", "(?<!a+)b", "(*UTF)a", "\\" };
	struct expect *expect = expect_new();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_match_is_found_however_the_bytes_come),
		cmocka_unit_test(test_the_first_match_is_found_then_the_first_pattern),
		cmocka_unit_test(test_ends_of_lines),
		cmocka_unit_test(test_a_match_spans_no_gap),
		cmocka_unit_test(test_positions_hold_behind_a_long_output),
		cmocka_unit_test(test_the_longest_match_fits_the_window),
		cmocka_unit_test(test_a_costly_pattern_is_given_up),
		cmocka_unit_test(test_wrong_patterns_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
