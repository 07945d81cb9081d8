// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/cutpoint.h"

static void test_logs_are_cut_where_it_does_no_harm(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		bool in_line;
		size_t at;
	} cases[] = {
		/* Lines. */
		{ "one\r\ntwo\nthree\n", 12, true, 9 },
		{ "one\r\ntwo\nthree\n", 9, true, 9 },
		{ "one\r\ntwo\nthree\n", 8, false, 5 },
		{ "one\r\ntwo\n", 100, true, 9 },
		/* None: in front of it all where a line has ended. */
		{ "a long line", 5, false, 0 },
		{ "a long line", 5, true, 5 },
		{ "a long line", 0, true, 0 },
		/* Characters. */
		{ "ab\xc3\xa4z", 3, true, 2 },
		{ "ab\xc3\xa4z", 4, true, 4 },
		{ "a\xf0\x9f\x98\x80z", 4, true, 1 },
		{ "a\xe2\x82\xac", 3, true, 1 },
		/* No UTF-8. */
		{ "\x80\x80\x80\x80\x80\x80", 5, true, 5 },
		/* Sequences. */
		{ "ab\033[1;31mred", 3, true, 2 },
		{ "ab\033[1;31mred", 6, true, 2 },
		{ "ab\033[1;31mred", 9, true, 9 },
		{ "ab\033[1;31mred", 10, true, 10 },
		{ "ab\033(0x", 4, true, 2 },
		{ "ab\033]0;title\007x", 8, true, 2 },
		{ "ab\033]0;title\033\\x", 12, true, 2 },
		{ "ab\033]0;title\033\\x", 13, true, 13 },
		{ "ab\033]0;ti\033[1mx", 10, true, 8 },
		{ "ab\033P1\030x", 5, true, 2 },
		{ "ab\033P1\030x", 6, true, 6 },
		{ "\033\033[mx", 2, true, 1 },
		/* All of it fits. */
		{ "ab\033[1", 5, true, 5 },
		{ "ab\033[1", 6, true, 5 },
		/* Each kind has its end. */
		{ "ab\033]0;t\007xy", 8, true, 8 },
		{ "ab\033]0;t\007xy", 9, true, 9 },
		{ "ab\033]0;t\033\\xyz", 10, true, 10 },
		{ "ab\033[1@xy", 6, true, 6 },
		{ "ab\033Xyz", 4, true, 2 },
		{ "ab\033^yz", 4, true, 2 },
		{ "ab\033_yz", 4, true, 2 },
		{ "ab\033[1\033[2mx", 6, true, 5 },
		{ "ab\033[1\033[2mx", 9, true, 9 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		const unsigned char *text = (const unsigned char *)cases[i].text;
		size_t at = cutpoint(text, strlen(cases[i].text), cases[i].room, cases[i].in_line);

		if (at != cases[i].at)
			print_error("row %zu\n", i);
		assert_int_equal(at, cases[i].at);
	}
}

static size_t overdue(const char *text, size_t near)
{
	return cutpoint_overdue((const unsigned char *)text, strlen(text), near);
}

static void test_an_overdue_file_ends_with_its_line_if_that_is_near(void **state)
{
	(void)state;
	assert_int_equal(overdue("ab\ncd\n", 100), 3);
	assert_int_equal(overdue("ab\n", 100), 3);
	assert_int_equal(overdue("ab\n", 3), 3);
	assert_int_equal(overdue("abc\n", 3), 3);
	assert_int_equal(overdue("abcd", 100), 3);
	/* The rest of a character, and one that is whole. */
	assert_int_equal(overdue("\x82\xac"
				 "ab\xc3\xa4z",
				 5),
			 4);
	assert_int_equal(overdue("\xac", 100), 0);
	assert_int_equal(overdue("\xac"
				 "a",
				 100),
			 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs_are_cut_where_it_does_no_harm),
		cmocka_unit_test(test_an_overdue_file_ends_with_its_line_if_that_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
