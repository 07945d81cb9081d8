// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <string.h>

#include "daemon/alertnews.h"

static void test_text_is_cut_between_characters(void **state)
{
	char out[6];

	(void)state;
	assert_int_equal(alertnews_text(out, sizeof(out), "a\tb", 3), 3);
	assert_string_equal(out, "a b");
	assert_int_equal(alertnews_text(out, sizeof(out), "abcde", 5), 5);
	assert_string_equal(out, "abcde");
	assert_int_equal(alertnews_text(out, sizeof(out), "abcdef", 6), 5);
	assert_int_equal(alertnews_text(out, sizeof(out), "abcd\xc3\xa9", 6), 4);
	assert_string_equal(out, "abcd");
	assert_int_equal(alertnews_text(out, sizeof(out), "abc\xf0\x9f\x98\x80", 7), 3);
	assert_int_equal(alertnews_text(out, sizeof(out), "\x80\x80\x80\x80\x80\x80\x80", 7), 0);
	assert_int_equal(alertnews_text(out, sizeof(out), "", 0), 0);
}

static void test_a_match_is_there_however_long_its_line(void **state)
{
	size_t all = 0;
	struct alertnews *news = alertnews_new(&all);
	char line[4096];

	(void)state;
	memset(line, '.', sizeof(line));
	memcpy(line + 3000, "PANIC", 5);
	alertnews_match(news, line, sizeof(line), 3000);
	assert_int_equal(strlen(news->match), ALERTNEWS_LINE_SIZE - 1);
	assert_ptr_equal(strstr(news->match, "PANIC"), news->match + ALERTNEWS_LINE_SIZE / 4);
	alertnews_match(news, line, 3005, 3000);
	assert_non_null(strstr(news->match, "PANIC"));
	assert_int_equal(strlen(news->match), ALERTNEWS_LINE_SIZE / 4 + 5);
	/* One that fits is there from its beginning. */
	alertnews_match(news, line + 2600, 411, 400);
	assert_int_equal(strlen(news->match), 411);
	for (size_t i = 0; i < sizeof(line); i += 2)
		memcpy(line + i, "\xc3\xa9", 2);
	alertnews_match(news, line, sizeof(line), 3001);
	assert_memory_equal(news->match, "\xc3\xa9", 2);
	alertnews_free(news);
}

static void test_a_line_that_goes_on_is_told_as_a_whole(void **state)
{
	size_t all = 0;
	struct alertnews *news = alertnews_new(&all);
	char line[600];

	(void)state;
	alertnews_match(news, "panic: at", 9, 0);
	strcpy(news->lines, "before\npanic: at");
	alertnews_rematch(news, "panic: attempted", 16, 0);
	assert_string_equal(news->match, "panic: attempted");
	assert_string_equal(news->lines, "before\npanic: attempted");
	/* What was printed over is not. */
	alertnews_rematch(news, "login:", 6, 0);
	alertnews_rematch(news, "anything else, and longer", 25, 0);
	alertnews_rematch(news, "", 0, 5);
	memset(line, 'x', sizeof(line));
	alertnews_rematch(news, line, sizeof(line), 3000);
	assert_string_equal(news->match, "panic: attempted");
	assert_string_equal(news->lines, "before\npanic: attempted");
	alertnews_free(news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_cut_between_characters),
		cmocka_unit_test(test_a_match_is_there_however_long_its_line),
		cmocka_unit_test(test_a_line_that_goes_on_is_told_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
