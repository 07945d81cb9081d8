// SPDX-License-Identifier: GPL-2.0-only
/* Regular expressions over screen and scrollback; none of them hangs it. */
#include "cmocka_all.h"

#include "vt/search.h"

static void on_send(const char *bytes, size_t len, void *arg)
{
	(void)bytes;
	(void)len;
	(void)arg;
}

static const struct vt_ops ops = { .send = on_send };

static void write_text(struct vt *vt, const char *text)
{
	vt_write(vt, text, strlen(text));
}

static struct search *pattern(const char *text)
{
	char error[256];
	struct search *search = search_new(text, error, sizeof(error));

	if (!search)
		fail_msg("%s", error);
	return search;
}

static char told[8192];

/* The next match as "row,col-row,col " added to what was told. */
static bool tell_next(struct search *search, const struct vt *vt)
{
	size_t len = strlen(told);
	struct search_hit hit;

	if (search_step(search, vt, NULL, NULL, &hit) != SEARCH_FOUND)
		return false;
	snprintf(told + len, sizeof(told) - len, "%ld,%d-%ld,%d ", hit.row, hit.col, hit.end_row,
		 hit.end_col);
	return true;
}

static const char *all(const struct vt *vt, const char *text, bool backward)
{
	struct search *search = pattern(text);

	told[0] = '\0';
	search_begin(search, vt, backward ? VT_ROWS_MAX : -1000000, 0, backward);
	while (tell_next(search, vt))
		;
	search_free(search);
	return told;
}

static const struct {
	const char *pattern;
	const char *forward;
	const char *backward;
} cases[] = {
	{ "one", "-3,0--3,3 1,4-1,7 ", "1,4-1,7 -3,0--3,3 " },
	{ "two", "-2,1--2,4 ", "-2,1--2,4 " },
	{ "Two", "-2,1--2,4 ", "-2,1--2,4 " },
	{ "tWo", "", "" },
	{ "\\Swo", "-2,1--2,4 ", "-2,1--2,4 " },
	{ "\\\\Two", "", "" },
	{ "^one", "-3,0--3,3 ", "-3,0--3,3 " },
	{ "^ps", "", "" },
	{ "one$", "-3,0--3,3 1,4-1,7 ", "1,4-1,7 -3,0--3,3 " },
	{ "wraps", "-1,9-0,2 ", "-1,9-0,2 " },
	{ "a+", "-1,5--1,6 -1,11--1,12 1,0-1,1 ", "1,0-1,1 -1,11--1,12 -1,5--1,6 " },
	{ "[ap]+", "-1,5--1,6 -1,11-0,1 1,0-1,1 ", "1,0-1,1 -1,11-0,1 -1,5--1,6 " },
	{ "\xe4\xb8\x96", "0,3-0,5 ", "0,3-0,5 " },
	{ "\xe4\xb8\x96.", "0,3-0,6 ", "0,3-0,6 " },
	{ "\xc3\xa4", "0,5-0,6 0,6-0,7 ", "0,6-0,7 0,5-0,6 " },
	{ "\xc3\x84", "0,6-0,7 ", "0,6-0,7 " },
	{ "e\xcc\x81", "0,7-0,8 ", "0,7-0,8 " },
	{ "\xcc\x81", "0,7-0,8 ", "0,7-0,8 " },
	{ "s \\w{3}", "0,1-0,7 ", "0,1-0,7 " },
	{ "x*", "", "" },
	{ "nothing", "", "" },
	{ "(?<=T)wo", "-2,2--2,4 ", "-2,2--2,4 " },
	{ "T\\Kwo", "-2,2--2,4 ", "-2,2--2,4 " },
};

/* Rows -3 to 2; row -1 goes on in row 0. */
static struct vt *make_screen(void)
{
	struct vt *vt = vt_new(3, 12, 100, &ops, NULL);

	write_text(vt, "one\r\n Two\r\n12345a78 wraps \xe4\xb8\x96\xc3\xa4\xc3\x84"
		       "e\xcc\x81\r\nand one\r\n");
	assert_int_equal(vt_scrollback(vt), 3);
	return vt;
}

static void test_matches_are_found_both_ways(void **state)
{
	struct vt *vt = make_screen();

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		assert_string_equal(all(vt, cases[i].pattern, false), cases[i].forward);
		assert_string_equal(all(vt, cases[i].pattern, true), cases[i].backward);
	}
	vt_free(vt);
}

static const struct {
	long row;
	int col;
	const char *forward;
	const char *backward;
} places[] = {
	{ -3, 0, "-3,0--3,3 ", "" },	    { -3, 1, "1,4-1,7 ", "-3,0--3,3 " },
	{ 0, 0, "1,4-1,7 ", "-3,0--3,3 " }, { 1, 4, "1,4-1,7 ", "-3,0--3,3 " },
	{ 1, 5, "", "1,4-1,7 " },	    { 2, 0, "", "1,4-1,7 " },
	{ 99, 99, "", "1,4-1,7 " },	    { -99, 5, "-3,0--3,3 ", "" },
};

static void test_a_search_starts_where_it_is_told(void **state)
{
	struct search *search = pattern("one");
	struct vt *vt = make_screen();

	(void)state;
	for (size_t i = 0; i < ROWS(places); i++) {
		told[0] = '\0';
		search_begin(search, vt, places[i].row, places[i].col, false);
		tell_next(search, vt);
		assert_string_equal(told, places[i].forward);
		told[0] = '\0';
		search_begin(search, vt, places[i].row, places[i].col, true);
		tell_next(search, vt);
		assert_string_equal(told, places[i].backward);
	}
	search_free(search);
	vt_free(vt);
}

static void test_it_goes_on_where_it_was_after_lines_have_scrolled(void **state)
{
	struct vt *vt = vt_new(3, 20, 10, &ops, NULL);
	struct search *search = pattern("hit [0-9]");
	char text[20];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "hit %d\r\n", i);
		write_text(vt, text);
	}
	told[0] = '\0';
	search_begin(search, vt, -6, 1, false);
	assert_true(tell_next(search, vt));
	write_text(vt, "\r\n\r\n");
	assert_true(tell_next(search, vt));
	assert_string_equal(told, "-5,0--5,5 -6,0--6,5 ");
	/* Lines that are no longer there are passed over. */
	for (int i = 0; i < 7; i++)
		write_text(vt, "\r\nx");
	told[0] = '\0';
	assert_true(tell_next(search, vt));
	assert_string_equal(told, "-10,0--10,5 ");
	search_free(search);
	vt_free(vt);
}

/* At each place of a line of more rows than are looked at as one. */
static void test_a_match_in_a_long_line_is_found_wherever_it_is(void **state)
{
	static char text[200 * 20 + 8];
	struct search *search = pattern("a needle that wraps");

	(void)state;
	for (size_t at = 0; at + 19 <= 200 * 20; at += 13) {
		struct vt *vt = vt_new(3, 20, 300, &ops, NULL);
		char expected[64];

		memset(text, '.', 200 * 20);
		memcpy(text + at, "a needle that wraps", 19);
		write_text(vt, "short\r\n");
		write_text(vt, text);
		write_text(vt, "\r\n");
		snprintf(expected, sizeof(expected), "%ld,%zu-%ld,%zu ", (long)(at / 20) - 198,
			 at % 20, (long)((at + 18) / 20) - 198, (at + 18) % 20 + 1);
		for (int backward = 0; backward < 2; backward++) {
			told[0] = '\0';
			search_begin(search, vt, backward ? 9 : -999, 0, backward);
			while (tell_next(search, vt))
				;
			assert_string_equal(told, expected);
		}
		vt_free(vt);
	}
	search_free(search);
}

static void test_wrong_patterns_say_what_and_where(void **state)
{
	static char long_one[SEARCH_PATTERN_MAX + 2];
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{ "a(b", "missing closing parenthesis at character 4" },
		{ "\u00e4\u20ac(b", "missing closing parenthesis at character 5" },
		{ "[z-a]", "range out of order in character class at character 4" },
		{ "\xff", "UTF-8 error: illegal byte (0xfe or 0xff) at character 1" },
		{ "\\C", "using \\C is disabled" },
		{ long_one, "the pattern is longer than 1024 bytes" },
	};
	char error[256];

	(void)state;
	memset(long_one, 'x', sizeof(long_one) - 1);
	for (size_t i = 0; i < ROWS(wrong); i++) {
		assert_null(search_new(wrong[i].text, error, sizeof(error)));
		assert_non_null(strstr(error, wrong[i].error));
	}
}

static bool each_time(void *arg)
{
	(*(int *)arg)++;
	return true;
}

/* The same hits, however often it is interrupted. */
static void test_steps_change_nothing(void **state)
{
	struct vt *vt = make_screen();

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		for (int backward = 0; backward < 2; backward++) {
			struct search *search = pattern(cases[i].pattern);
			enum search_result result;
			struct search_hit hit;
			int steps = 0;

			told[0] = '\0';
			search_begin(search, vt, backward ? 3 : -3, 0, backward);
			while ((result = search_step(search, vt, each_time, &steps, &hit)) !=
			       SEARCH_NONE) {
				size_t len = strlen(told);

				if (result == SEARCH_FOUND)
					snprintf(told + len, sizeof(told) - len, "%ld,%d-%ld,%d ",
						 hit.row, hit.col, hit.end_row, hit.end_col);
			}
			assert_in_range(steps, 3, 100);
			assert_string_equal(told, backward ? cases[i].backward : cases[i].forward);
			search_free(search);
		}
	}
	vt_free(vt);
}

/*
 * Each would run for longer than there are guests. What a search costs between
 * two questions is bounded: the test ends.
 */
static void test_neither_patterns_nor_lines_hang_it(void **state)
{
	static const char *const patterns[] = {
		"(a+)+$",	"(a|aa)+$",	     "(.*)*x",	   "(a*)*b",   "(?:a?){30}a{30}b",
		"((a+)*)*\\1z", "a*a*a*a*a*a*a*a*b", "(?=(a+)+b)", "(?R)?a+b", "(?<=a{100})x",
	};
	struct vt *vt = vt_new(24, 1000, 100, &ops, NULL);
	char text[1001];

	(void)state;
	memset(text, 'a', 1000);
	text[1000] = '\0';
	for (int i = 0; i < 40; i++)
		write_text(vt, text);
	for (size_t i = 0; i < ROWS(patterns); i++) {
		struct search *search = pattern(patterns[i]);
		struct search_hit hit;
		int asked = 0;

		for (int backward = 0; backward < 2; backward++) {
			search_begin(search, vt, backward ? 24 : -16, 0, backward);
			while (search_step(search, vt, each_time, &asked, &hit) == SEARCH_MORE &&
			       asked < 200)
				;
		}
		search_free(search);
	}
	vt_free(vt);
}

static void test_lines_that_are_given_up_on_are_counted(void **state)
{
	struct search *search = pattern("(a+)+$");
	struct vt *vt = vt_new(5, 80, 100, &ops, NULL);
	struct search_hit hit;

	(void)state;
	write_text(vt, "aaaaaaaaaaaaaaaaaab\r\nfine a\r\n");
	search_begin(search, vt, 0, 0, false);
	assert_int_equal(search_step(search, vt, NULL, NULL, &hit), SEARCH_FOUND);
	assert_int_equal(hit.row, 1);
	assert_int_equal(search_gave_up(search), 1);
	search_begin(search, vt, 5, 0, true);
	assert_int_equal(search_step(search, vt, NULL, NULL, &hit), SEARCH_FOUND);
	assert_int_equal(search_gave_up(search), 0);
	assert_int_equal(search_step(search, vt, NULL, NULL, &hit), SEARCH_NONE);
	assert_int_equal(search_gave_up(search), 1);
	search_free(search);
	vt_free(vt);
}

/* A line without an end is cut into some; all that is in it is found, once. */
static void test_a_line_of_any_length_is_searched(void **state)
{
	struct vt *vt = vt_new(10, 80, 10000, &ops, NULL);
	struct search *search = pattern("needle");
	struct search_hit hit;
	int found = 0;
	int back = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		write_text(vt, "needle and hay, hay, hay: \xf0\x9f\x98\x80 ");
	search_begin(search, vt, -1000000, 0, false);
	while (search_step(search, vt, NULL, NULL, &hit) == SEARCH_FOUND)
		found++;
	search_begin(search, vt, 10, 0, true);
	while (search_step(search, vt, NULL, NULL, &hit) == SEARCH_FOUND)
		back++;
	/* Those across a cut are not. */
	assert_in_range(found, 4900, 5000);
	assert_in_range(back, 4900, 5000);
	search_free(search);
	vt_free(vt);
}

/* Also one that has more bytes than are looked at of a line of some rows. */
static void test_a_row_is_searched_to_its_end(void **state)
{
	struct vt *vt = vt_new(3, VT_COLS_MAX, 10, &ops, NULL);

	(void)state;
	for (int col = 0; col < VT_COLS_MAX; col++) {
		if (col == 950)
			write_text(vt, "needle");
		if (col < 950 || col >= 956)
			write_text(vt, "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84");
	}
	write_text(vt, "needle\r\n");
	assert_string_equal(all(vt, "needle", false), "0,950-0,956 1,0-1,6 ");
	assert_string_equal(all(vt, "needle", true), "1,0-1,6 0,950-0,956 ");
	vt_free(vt);
}

static void test_any_screen_can_be_searched(void **state)
{
	static const char likely[] = "\033[[;HJKmM\r\n\xc3\xa4\xe4\xb8\x96\xcc\x81 aab019@LPr";
	static const char *const patterns[] = {
		"a", "a.*b", ".", "^.", "\xe4\xb8\x96|\xc3\xa4", "\xcc\x81", "\\s+$"
	};
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct vt *vt = vt_new(5, 20, 30, &ops, NULL);
		struct search *search = pattern(patterns[(size_t)round % ROWS(patterns)]);
		char bytes[3000];
		int hits = 0;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = likely[(size_t)rand_r(&seed) % (sizeof(likely) - 1)];
		vt_write(vt, bytes, sizeof(bytes));
		for (int backward = 0; backward < 2; backward++) {
			long last = backward ? 5000 : -31000;
			struct search_hit hit;

			search_begin(search, vt, last / 1000, 0, backward);
			while (search_step(search, vt, NULL, NULL, &hit) == SEARCH_FOUND) {
				long here = hit.row * 1000 + hit.col;

				assert_true(backward ? here < last : here > last);
				assert_true(hit.end_row * 1000 + hit.end_col > here);
				assert_in_range(hit.col, 0, 19);
				assert_in_range(hit.end_col, 1, 20);
				assert_true(hit.row >= -(long)vt_scrollback(vt) && hit.end_row < 5);
				last = here;
				hits++;
			}
		}
		assert_true(hits < 10000);
		search_free(search);
		vt_free(vt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_are_found_both_ways),
		cmocka_unit_test(test_a_search_starts_where_it_is_told),
		cmocka_unit_test(test_it_goes_on_where_it_was_after_lines_have_scrolled),
		cmocka_unit_test(test_a_match_in_a_long_line_is_found_wherever_it_is),
		cmocka_unit_test(test_wrong_patterns_say_what_and_where),
		cmocka_unit_test(test_steps_change_nothing),
		cmocka_unit_test(test_neither_patterns_nor_lines_hang_it),
		cmocka_unit_test(test_lines_that_are_given_up_on_are_counted),
		cmocka_unit_test(test_a_line_of_any_length_is_searched),
		cmocka_unit_test(test_a_row_is_searched_to_its_end),
		cmocka_unit_test(test_any_screen_can_be_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
