// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen: what leaves it, at the top and with a new size, and what comes back. */
#include "vt_fixture.h"

static void test_lines_that_leave_are_kept_and_counted(void **state)
{
	struct vt *vt = make(3, 20, 5);

	(void)state;
	for (int i = 0; i < 10; i++) {
		char text[20];

		snprintf(text, sizeof(text), "line %d\r\n", i);
		write_text(vt, text);
	}
	assert_int_equal(vt_scrollback(vt), 5);
	assert_int_equal(vt_scrolled(vt), 8);
	assert_string_equal(line(vt, -1), "line 7");
	assert_string_equal(line(vt, -5), "line 3");
	assert_string_equal(line(vt, 0), "line 8");
	assert_false(vt_row(vt, -6, NULL));
	assert_false(vt_row(vt, 3, NULL));
	assert_string_equal(line(vt, -6), "");
	/* The guest cannot erase it, and what is on the other screen is not kept. */
	write_text(vt, "\033[3J\033[2J\033[?1049h1\r\n2\r\n3\r\n4\r\n5\033[?1049l\033c");
	assert_int_equal(vt_scrolled(vt), 8);
	assert_string_equal(line(vt, -1), "line 7");
	/* Nor are lines that are deleted. */
	write_text(vt, "x\033[H\033[5M");
	assert_int_equal(vt_scrolled(vt), 8);
	/* A status line at the bottom does not keep lines from it. */
	write_text(vt, "\033[1;2r\033[2;1Hleft\n\n");
	assert_int_equal(vt_scrolled(vt), 10);
	assert_string_equal(line(vt, -1), "left");
	vt_free(vt);
}

static void test_lines_that_wrap_are_known(void **state)
{
	static const char *const ends[] = { "\r\n", "\033[3;1H", "\033E", "\n\r", "\b\r\n" };
	struct vt *vt;

	(void)state;
	for (size_t i = 0; i < ROWS(ends); i++) {
		vt = make(4, 10, 10);
		write_text(vt, "1234567890");
		write_text(vt, ends[i]);
		write_text(vt, "next");
		assert_false(vt_row_wraps(vt, 0));
		vt_free(vt);
	}
	vt = make(2, 10, 10);
	write_text(vt, "1234\033[1m567890\033[m\a12345678901234567890123 \r\n");
	for (int row = -3; row <= 1; row++)
		assert_int_equal(vt_row_wraps(vt, row), row < 0);
	assert_string_equal(line(vt, -1), "1234567890");
	assert_string_equal(line(vt, 0), "123");
	write_text(vt, "\033[?1049h");
	assert_true(vt_row_wraps(vt, -2) && !vt_row_wraps(vt, -1));
	write_text(vt, "\033[?1049l");
	assert_true(vt_row_wraps(vt, -1));
	assert_false(vt_row_wraps(vt, -9));
	vt_free(vt);
	/* What GNU tools end their colours with. */
	vt = make(4, 10, 10);
	write_text(vt, "1234567890\033[m\033[K1");
	assert_true(vt_row_wraps(vt, 0));
	vt_free(vt);
	/* The edge is left free by a wide character. */
	vt = make(4, 11, 10);
	write_text(vt, "1234567890\xe4\xb8\x96");
	assert_true(vt_row_wraps(vt, 0));
	write_text(vt, "\033[1;5H\033[K");
	assert_false(vt_row_wraps(vt, 0));
	vt_free(vt);
	/* Blanks of a line that goes on are a part of it. */
	vt = make(4, 10, 10);
	write_text(vt, "12345     678  ");
	assert_string_equal(line(vt, 0), "12345     ");
	assert_string_equal(line(vt, 1), "678");
	vt_free(vt);
}

static void test_a_smaller_screen_gives_to_the_scrollback_and_takes_back(void **state)
{
	struct vt *vt = make(6, 20, 100);

	(void)state;
	write_text(vt, "1\r\n2\r\n3\r\n4\r\n5\r\n6 \033[31m>");
	assert_int_equal(vt_resize(vt, 3, 20), 0);
	assert_string_equal(screen(vt), "4|5|6 >");
	assert_string_equal(line(vt, -3), "1");
	assert_int_equal(vt_scrolled(vt), 3);
	expect_cursor(vt, 2, 3);
	assert_int_equal(vt_resize(vt, 5, 30), 0);
	assert_string_equal(screen(vt), "2|3|4|5|6 >");
	assert_int_equal(vt_scrolled(vt), 1);
	expect_cursor(vt, 4, 3);
	assert_int_equal(vt_resize(vt, 10, 20), 0);
	assert_string_equal(screen(vt), "1|2|3|4|5|6 >||||");
	expect_cursor(vt, 5, 3);
	write_text(vt, "x");
	expect_color(cell(vt, 5, 3).fg, (struct vt_color){ VT_COLOR_INDEXED, 1, 0, 0, 0 });
	/* Blank rows below the cursor go first, and nothing that is not blank. */
	write_text(vt, "\033[2;1H");
	assert_int_equal(vt_resize(vt, 7, 20), 0);
	assert_string_equal(screen(vt), "1|2|3|4|5|6 >x|");
	expect_cursor(vt, 1, 0);
	/* The cursor stays. */
	assert_int_equal(vt_resize(vt, 3, 20), 0);
	assert_string_equal(screen(vt), "2|3|4");
	expect_cursor(vt, 0, 0);
	vt_free(vt);
}

static void test_a_line_too_wide_to_come_back_stays_in_the_scrollback(void **state)
{
	struct vt *vt = make(4, 20, 100);

	(void)state;
	write_text(vt, "12345678901234567890\r\n2\r\n3\r\n4");
	assert_int_equal(vt_resize(vt, 2, 20), 0);
	assert_int_equal(vt_resize(vt, 4, 10), 0);
	assert_string_equal(screen(vt), "2|3|4|");
	assert_string_equal(line(vt, -1), "12345678901234567890");
	assert_int_equal(cell(vt, -1, 9).chars[0], '0');
	vt_free(vt);
}

static void test_a_wide_character_at_the_new_edge_is_whole_or_gone(void **state)
{
	struct vt *vt = make(4, 20, 100);

	(void)state;
	write_text(vt, "123456789\xe4\xb8\x96");
	assert_int_equal(vt_resize(vt, 4, 10), 0);
	assert_string_equal(line(vt, 0), "123456789");
	assert_int_equal(cell(vt, 0, 9).width, 1);
	vt_free(vt);
}

static void test_the_primary_screen_is_whole_after_resizes_on_the_other(void **state)
{
	struct vt *vt = make(6, 20, 100);

	(void)state;
	write_text(vt, "1\r\n2\r\n3\r\n4\r\n5\r\n6> \033[?1049h\033[Hother");
	assert_int_equal(vt_resize(vt, 3, 20), 0);
	assert_string_equal(screen(vt), "other||");
	write_text(vt, "\033[?1049l!");
	assert_string_equal(screen(vt), "4|5|6> !");
	assert_int_equal(vt_scrolled(vt), 3);
	write_text(vt, "\033[?1049h");
	assert_int_equal(vt_resize(vt, 8, 20), 0);
	write_text(vt, "\033[?1049l?");
	assert_string_equal(screen(vt), "1|2|3|4|5|6> !?||");
	vt_free(vt);
}

/* libvterm by itself goes out of bounds with each of these. */
static void test_margins_and_saved_cursors_outlive_no_resize(void **state)
{
	struct vt *vt = make(50, 100, 100);
	uint64_t before;

	(void)state;
	write_text(vt, "\033[40;50r\033[?69h\033[80;100s\033[50;100H\033[?1049h\0337");
	assert_int_equal(vt_resize(vt, 5, 10), 0);
	write_text(vt, "\0338");
	expect_cursor(vt, 4, 9);
	write_text(vt, "\033[?1047l");
	write_text(vt, "\n\n\0338x\n\033[Lx\033[2@\033[?6hx\033[?1048lx");
	/* Lines leave at the top again. */
	write_text(vt, "\033[?6l\033[5;1H");
	before = vt_scrolled(vt);
	write_text(vt, "\n\n");
	assert_int_equal(vt_scrolled(vt), before + 2);
	assert_int_equal(vt_resize(vt, 500, 1000), 0);
	write_text(vt, "\0338\033[500;1000Hx\033[1;1H\033[499L\033[?1049h\033[500;1000Hx");
	assert_int_equal(vt_resize(vt, 2, 10), 0);
	write_text(vt, "x\n\n\nxxxxxxxxxxxxxxxxxxxxxx\033[?1049l\033[!px");
	vt_free(vt);
}

static void test_a_reset_keeps_the_scrollback_and_nothing_else(void **state)
{
	struct vt_cursor cursor;
	struct vt *vt = make(3, 20, 10);

	(void)state;
	write_text(vt, "1\r\n2\r\n3\r\n4\033[1m\033[?25l\033[?1049h\033[5 q\033[2;3r\033(0\033]2;open");
	vt_reset(vt);
	assert_false(vt_on_alternate(vt));
	assert_string_equal(screen(vt), "||");
	assert_string_equal(line(vt, -1), "1");
	vt_cursor(vt, &cursor);
	assert_true(cursor.visible);
	write_text(vt, "q\n\n\n");
	assert_int_equal(vt_scrolled(vt), 2);
	assert_string_equal(line(vt, -1), "q");
	assert_int_equal(cell(vt, -1, 0).attrs, 0);
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_leave_are_kept_and_counted),
		cmocka_unit_test(test_lines_that_wrap_are_known),
		cmocka_unit_test(test_a_smaller_screen_gives_to_the_scrollback_and_takes_back),
		cmocka_unit_test(test_a_line_too_wide_to_come_back_stays_in_the_scrollback),
		cmocka_unit_test(test_a_wide_character_at_the_new_edge_is_whole_or_gone),
		cmocka_unit_test(test_the_primary_screen_is_whole_after_resizes_on_the_other),
		cmocka_unit_test(test_margins_and_saved_cursors_outlive_no_resize),
		cmocka_unit_test(test_a_reset_keeps_the_scrollback_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
