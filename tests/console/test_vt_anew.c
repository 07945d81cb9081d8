// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen that begins anew, and what stays of what was printed. */
#include "vt_fixture.h"

static void test_a_reset_keeps_what_was_printed_in_the_scrollback(void **state)
{
	struct vt_cursor cursor;
	struct vt *vt = make(3, 20, 10);

	(void)state;
	write_text(vt,
		   "1\r\n2\r\n3\r\n4\033[1m\033[?25l\033[?1049h\033[5 q\033[2;3r\033(0\033]2;open");
	vt_reset(vt);
	assert_false(vt_on_alternate(vt));
	assert_string_equal(screen(vt), "||");
	assert_string_equal(line(vt, -1), "4");
	assert_string_equal(line(vt, -4), "1");
	vt_cursor(vt, &cursor);
	assert_true(cursor.visible);
	write_text(vt, "q\n\n\n");
	assert_int_equal(vt_scrolled(vt), 5);
	assert_string_equal(line(vt, -1), "q");
	assert_int_equal(cell(vt, -1, 0).attrs, 0);
	vt_reset(vt);
	assert_int_equal(vt_scrolled(vt), 5);
	/* Also what a small screen hides. */
	write_text(vt, "a\r\nb\r\nc\033[H");
	assert_int_equal(vt_resize(vt, 2, 20), 0);
	vt_reset(vt);
	assert_string_equal(line(vt, -1), "c");
	assert_string_equal(line(vt, -3), "a");
	vt_free(vt);
}

static void test_a_reset_keeps_what_was_on_the_alternate_screen(void **state)
{
	struct vt *vt = make(3, 20, 10);

	(void)state;
	write_text(vt, "1\r\n2\r\n3\r\n4\033[?1049h\033[Hmenu\033[3;2H\033[41merror");
	vt_reset(vt);
	assert_string_equal(screen(vt), "||");
	assert_int_equal(vt_scrolled(vt), 7);
	assert_string_equal(line(vt, -4), "4");
	assert_string_equal(line(vt, -3), "menu");
	assert_string_equal(line(vt, -2), "");
	assert_string_equal(line(vt, -1), " error");
	assert_int_equal(cell(vt, -1, 1).bg.index, 1);
	/* A program that has left it took it away. */
	write_text(vt, "5\033[?1049hmenu\033[?1049l");
	vt_reset(vt);
	assert_string_equal(line(vt, -1), "5");
	assert_int_equal(vt_scrolled(vt), 8);
	/* Also what a small screen hides of it. */
	write_text(vt, "\033[?1049h\033[3;1Hhidden\033[H");
	assert_int_equal(vt_resize(vt, 2, 20), 0);
	vt_reset(vt);
	assert_string_equal(line(vt, -1), "hidden");
	vt_free(vt);
}

static void test_what_was_on_the_alternate_screen_of_a_guest_that_is_reset_stays(void **state)
{
	static const struct {
		const char *before;
		const char *screen;
		const char *above; /* what was printed last of that which left */
	} texts[] = {
		{ "\033[?1049h\033[Hmenu\033[3;2Herror", "menu|| error|new", NULL },
		{ "1\033[?1049h\033[Hmenu", "1|menu|new|", NULL },
		{ "1\r\n2\r\n3\033[?1049h\033[Hmenu\r\nerror", "3|menu|error|new", "2" },
		{ "1\r\n2\r\n3\r\n4\033[?1049h\033[4;1Hlast", "||last|new", "" },
		{ "1\033[?1049hmenu\033[?1049l", "1|new||", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct vt *vt = make(4, 20, 10);

		write_text(vt, texts[i].before);
		vt_revive(vt);
		assert_false(vt_on_alternate(vt));
		write_text(vt, "new");
		assert_string_equal(screen(vt), texts[i].screen);
		if (texts[i].above)
			assert_string_equal(line(vt, -1), texts[i].above);
		else
			assert_int_equal(vt_scrolled(vt), 0);
		vt_free(vt);
	}
}

/* Rows of both change places, and each has room for what the other had. */
static void test_screens_of_two_sizes_are_kept_in_one(void **state)
{
	struct vt *vt = make(4, 20, 10);

	(void)state;
	vt_let_resize(vt, true);
	write_text(vt, "narrow\033[?40h\033[?3h\033[?1049h\033[1;130Hwide\033[2;1Hmenu");
	vt_revive(vt);
	write_text(vt, "new\033[?1049h\033[4;20Hy\033[?1049l");
	assert_string_equal(screen(vt), "|menu|new|");
	assert_int_equal(vt_resize(vt, 4, 200), 0);
	write_text(vt, "\033[4;200Hz\033[?1049h\033[4;200Hz\033[?1049l");
	assert_int_equal(strlen(line(vt, 0)), 132);
	assert_string_equal(line(vt, 0) + 129, "wid");
	vt_free(vt);
}

static void test_it_goes_back_to_any_line_and_keeps_those_before_it(void **state)
{
	static const struct {
		uint64_t line;
		uint64_t scrolled;
		const char *last; /* of the scrollback */
	} rows[] = {
		{ 3, 3, "line 3" }, { 10, 10, "line 10" }, { 0, 0, NULL },
		{ 7, 7, "line 7" }, { 8, 8, "line 8" },	   { UINT64_MAX, 11, "line 11" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct vt *vt = make(4, 20, 100);
		struct vt_cursor cursor;

		/* Eight have left; one is hidden. */
		for (int n = 1; n <= 11; n++) {
			char text[32];

			sprintf(text, "line %d%s", n, n < 11 ? "\r\n" : "\033[1;41m\033(0\033[H");
			write_text(vt, text);
		}
		assert_int_equal(vt_scrolled(vt), 7);
		write_text(vt, "\033[?1049h");
		assert_int_equal(vt_resize(vt, 3, 20), 0);
		vt_go_back(vt, rows[i].line);
		assert_false(vt_on_alternate(vt));
		assert_string_equal(screen(vt), "||");
		assert_int_equal(vt_scrolled(vt), rows[i].scrolled);
		assert_int_equal(vt_scrollback(vt), rows[i].scrolled);
		if (rows[i].last)
			assert_string_equal(line(vt, -1), rows[i].last);
		write_text(vt, "q");
		assert_string_equal(screen(vt), "q||");
		assert_int_equal(cell(vt, 0, 0).attrs, 0);
		vt_cursor(vt, &cursor);
		assert_int_equal(cursor.row, 0);
		vt_free(vt);
	}
}

static void test_it_goes_back_in_132_columns_and_a_reset_ends_them(void **state)
{
	struct vt *vt = make(4, 80, 100);
	int rows, cols;

	(void)state;
	vt_let_resize(vt, true);
	write_text(vt, "\033[?40h\033[?3hwide");
	vt_go_back(vt, 0);
	vt_size(vt, &rows, &cols);
	assert_int_equal(cols, 132);
	write_text(vt, "\033[?40h\033[?3hwide");
	vt_reset(vt);
	vt_size(vt, &rows, &cols);
	assert_int_equal(cols, 80);
	vt_free(vt);
}

#define MESS                                                                                          \
	"\033[1;41m\033[?25l\033[?1049h\033[?1h\033[?5h\033[?6h\033[?7l\033[?2004h\033[?1003h\033[4h" \
	"\033[20h\033[2;3r\033(0\033)0\016\033[3g\033[?69h\033[4;5s\033[1\"q\033]2;open"

static void test_a_guest_that_is_reset_has_nothing_set_and_its_text_stays(void **state)
{
	static const struct {
		const char *before;
		const char *screen;
	} texts[] = {
		{ "", "plain   q|||" },
		{ "1", "1|plain   q||" },
		{ "1\r\n2\r\n3\033[H", "1|2|3|plain   q" },
		{ "1\r\n2\r\n3\r\n4", "2|3|4|plain   q" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct vt *vt = make(4, 20, 10);
		struct vt_cursor cursor;

		write_text(vt, texts[i].before);
		write_text(vt, MESS);
		vt_revive(vt);
		write_text(vt, "plain\tq");
		/* The tab stops are there again. */
		assert_string_equal(screen(vt), texts[i].screen);
		vt_cursor(vt, &cursor);
		assert_true(cursor.visible);
		assert_int_equal(vt_mouse(vt), VT_MOUSE_NONE);
		assert_string_equal(vt_title(vt), "");
		assert_int_equal(cell(vt, cursor.row, 0).attrs, 0);
		expect_color(cell(vt, cursor.row, 0).bg, (struct vt_color){ 0 });
		vt_key(vt, VT_KEY_UP, 0);
		vt_paste_begin(vt);
		assert_string_equal(sent, "\033[A");
		vt_free(vt);
	}
}

static void test_a_size_that_the_operator_gives_outlives_a_reset(void **state)
{
	static const int sizes[][2] = { { 30, 100 }, { 24, 100 }, { 30, 132 }, { 24, 132 } };

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct vt *vt = make(24, 80, 0);
		int rows, cols;

		vt_let_resize(vt, true);
		vt_live(vt, true);
		write_text(vt, "\033[?40h\033[?3h\033[?3$p");
		assert_string_equal(sent, "\033[?3;1$y");
		assert_int_equal(vt_resize(vt, sizes[i][0], sizes[i][1]), 0);
		sent_len = 0;
		write_text(vt, "\033[?3$p\033c");
		assert_string_equal(sent, "\033[?3;2$y");
		vt_reset(vt);
		vt_revive(vt);
		vt_size(vt, &rows, &cols);
		assert_int_equal(rows, sizes[i][0]);
		assert_int_equal(cols, sizes[i][1]);
		vt_free(vt);
	}
}

/* Hidden below a smaller window, beside the cursor at home or on the other screen. */
static void test_what_a_small_screen_hides_of_a_guest_that_is_reset_stays(void **state)
{
	static const struct {
		const char *then;
		const char *screen;
	} texts[] = {
		{ "", "1|2|3|4|5|6|new|" },
		{ "\033[?1049h\033[Hmenu", "1|2|3|4|5|6|menu|new" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		for (int rows = 2; rows < 8; rows++) {
			struct vt *vt = make(8, 20, 10);

			write_text(vt, "1\r\n2\r\n3\r\n4\r\n5\r\n6\033[H");
			write_text(vt, texts[i].then);
			assert_int_equal(vt_resize(vt, rows, 20), 0);
			vt_revive(vt);
			write_text(vt, "new");
			assert_string_equal(line(vt, rows - 1), "new");
			assert_int_equal(vt_resize(vt, 8, 20), 0);
			assert_string_equal(screen(vt), texts[i].screen);
			vt_free(vt);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reset_keeps_what_was_printed_in_the_scrollback),
		cmocka_unit_test(test_a_reset_keeps_what_was_on_the_alternate_screen),
		cmocka_unit_test(
			test_what_was_on_the_alternate_screen_of_a_guest_that_is_reset_stays),
		cmocka_unit_test(test_screens_of_two_sizes_are_kept_in_one),
		cmocka_unit_test(test_it_goes_back_to_any_line_and_keeps_those_before_it),
		cmocka_unit_test(test_it_goes_back_in_132_columns_and_a_reset_ends_them),
		cmocka_unit_test(test_a_guest_that_is_reset_has_nothing_set_and_its_text_stays),
		cmocka_unit_test(test_a_size_that_the_operator_gives_outlives_a_reset),
		cmocka_unit_test(test_what_a_small_screen_hides_of_a_guest_that_is_reset_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
