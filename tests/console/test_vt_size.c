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

static void test_a_line_of_the_scrollback_is_whole_beside_a_smaller_screen(void **state)
{
	static struct vt_cell cells[VT_COLS_MAX];
	struct vt *vt = make(2, 20, 10);

	(void)state;
	write_text(vt, "12345678901234567890\r\nshort\r\n\r\n");
	vt_resize(vt, 2, 10);
	assert_int_equal(vt_row_width(vt, -2), 20);
	assert_true(vt_row_whole(vt, -2, cells));
	assert_true(cells[0].chars[0] == '1' && cells[18].chars[0] == '9');
	/* Others are as wide as the screen, and those that are not there are none. */
	assert_int_equal(vt_row_width(vt, -1), 10);
	assert_true(vt_row_whole(vt, -1, cells));
	assert_true(cells[0].chars[0] == 's' && !cells[9].chars[0]);
	assert_int_equal(vt_row_width(vt, 0), 10);
	assert_false(vt_row_whole(vt, -3, cells));
	vt_free(vt);
}

/* What it hides can be looked at, found and copied, on either screen. */
static void test_a_row_of_a_smaller_screen_is_whole_too(void **state)
{
	static const char *const before[] = { "", "\033[?1049h\033[H" };
	static struct vt_cell cells[VT_COLS_MAX];

	(void)state;
	for (size_t i = 0; i < ROWS(before); i++) {
		struct vt *vt = make(6, 20, 10);

		write_text(vt, before[i]);
		write_text(vt, "123456789\xe4\xb8\x96 5678\033[31m0\033[m go"
			       "es on\r\nshort\r\nthree\r\n"
			       "\xe4\xb8\x96\xe4\xb8\x96"
			       "four\033[H");
		vt_resize(vt, 3, 10);
		/* The screen itself is as it was. */
		assert_string_equal(screen(vt), "123456789|es on|short");
		assert_string_equal(whole(vt, 0), "123456789\xe4\xb8\x96 56780 go");
		assert_int_equal(vt_row_width(vt, 0), 20);
		assert_true(vt_row_whole(vt, 0, cells));
		assert_true(cells[9].width == 2 && !cells[10].width);
		assert_true(cells[16].chars[0] == '0' && cells[19].chars[0] == 'o');
		expect_color(cells[16].fg, (struct vt_color){ VT_COLOR_INDEXED, 1, 0, 0, 0 });
		/* It goes on in the next row, as whole as it is. */
		assert_true(vt_row_wraps(vt, 0) && !vt_row_wraps(vt, 1));
		assert_int_equal(vt_row_width(vt, 1), 10);
		/* Rows that are hidden as such, but not the blank ones behind them. */
		assert_int_equal(vt_hidden(vt), 2);
		assert_string_equal(whole(vt, 3), "three");
		assert_string_equal(whole(vt, 4), "\xe4\xb8\x96\xe4\xb8\x96"
						  "four");
		assert_false(vt_row_whole(vt, 5, cells));
		write_text(vt, "\033[?5h");
		assert_true(vt_row_whole(vt, 0, cells));
		assert_int_equal(cells[19].attrs, VT_REVERSE);
		/* What is overwritten up to its end has none of it left. */
		write_text(vt, "\033[1;5H\033[K\033[3;1H\033[J");
		assert_string_equal(whole(vt, 0), "1234");
		assert_int_equal(vt_hidden(vt), 0);
		assert_false(vt_row_whole(vt, 3, cells));
		vt_free(vt);
	}
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

static void test_a_line_too_wide_comes_back_and_is_whole_when_there_is_room(void **state)
{
	struct vt *vt = make(4, 20, 100);

	(void)state;
	write_text(vt, "12345678901234567890\r\n2\r\n3\r\n4");
	assert_int_equal(vt_resize(vt, 2, 20), 0);
	assert_int_equal(vt_resize(vt, 4, 10), 0);
	assert_string_equal(screen(vt), "1234567890|2|3|4");
	assert_int_equal(cell(vt, 0, 9).chars[0], '0');
	assert_int_equal(vt_resize(vt, 4, 20), 0);
	assert_string_equal(screen(vt), "12345678901234567890|2|3|4");
	/* Also from a screen that never was as wide. */
	assert_int_equal(vt_resize(vt, 2, 20), 0);
	assert_int_equal(vt_resize(vt, 2, 10), 0);
	assert_string_equal(line(vt, -2), "12345678901234567890");
	vt_free(vt);
}

static void test_a_wide_character_at_the_new_edge_is_hidden_whole(void **state)
{
	struct vt *vt = make(4, 20, 100);

	(void)state;
	write_text(vt, "123456789\xe4\xb8\x96");
	assert_int_equal(vt_resize(vt, 4, 10), 0);
	assert_string_equal(line(vt, 0), "123456789");
	assert_int_equal(cell(vt, 0, 9).width, 1);
	assert_int_equal(cell(vt, 0, 9).chars[0], 0);
	assert_int_equal(vt_resize(vt, 4, 20), 0);
	assert_string_equal(line(vt, 0), "123456789\xe4\xb8\x96");
	/* What is written over one half is not followed by the other. */
	assert_int_equal(vt_resize(vt, 4, 10), 0);
	write_text(vt, "\033[1;10HX");
	assert_int_equal(vt_resize(vt, 4, 20), 0);
	assert_string_equal(line(vt, 0), "123456789X");
	assert_int_equal(cell(vt, 0, 10).width, 1);
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

/* All that is on a screen, and where its cursor is. */
static char *picture(const struct vt *vt)
{
	static struct vt_cell cells[VT_COLS_MAX];
	struct vt_cursor cursor;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int rows, cols;

	vt_size(vt, &rows, &cols);
	vt_cursor(vt, &cursor);
	fprintf(out, "%d,%d", cursor.row, cursor.col);
	for (int row = 0; row < rows; row++) {
		vt_row(vt, row, cells);
		for (int col = 0; col < cols; col++)
			fprintf(out, " %x/%u/%u/%u", cells[col].chars[0], cells[col].width,
				cells[col].attrs, cells[col].bg.index);
		fprintf(out, "%s\n", vt_row_wraps(vt, row) ? "+" : "");
	}
	fclose(out);
	return text;
}

/* As a window that is dragged to any size and back. */
static void test_smaller_and_larger_again_loses_nothing(void **state)
{
	static const char *const before[] = {
		"",
		"\033[?1049h",
		"1\r\n2\r\n3\033[?1049h",
	};
	static const char *const ends[] = { "", "\033[H", "\033[4;7H", "\033[8;19H" };
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < ROWS(before) * ROWS(ends); i++) {
		struct vt *vt = make(8, 20, 100);
		char *was;

		write_text(vt, before[i % ROWS(before)]);
		write_text(vt, "\033[41mlong line over the edge of it\033[m\r\n"
			       "a\033[7mb\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96"
			       "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\033[m\r\n"
			       "\r\n\033[42m\033[K\033[m5\r\n6");
		write_text(vt, ends[i / ROWS(before)]);
		was = picture(vt);
		for (int times = 0; times < 200; times++) {
			char *now;

			for (int n = rand_r(&seed) % 4; n >= 0; n--)
				assert_int_equal(vt_resize(vt, 2 + rand_r(&seed) % 7,
							   10 + rand_r(&seed) % 11),
						 0);
			assert_int_equal(vt_resize(vt, 8, 20), 0);
			now = picture(vt);
			assert_string_equal(now, was);
			free(now);
		}
		free(was);
		vt_free(vt);
	}
}

static void test_what_is_hidden_goes_with_what_is_shown_of_it(void **state)
{
	struct vt *vt = make(4, 20, 100);

	(void)state;
	write_text(vt, "aaaaaaaaaaaaaaaaaaaa\r\nbbbbbbbbbbbbbbbbbbbb\r\ncccccccccccccccccccc\r\n"
		       "dddddddddddddddddd\033[H");
	assert_int_equal(vt_resize(vt, 3, 10), 0);
	/* Overwritten, erased to its end, moved, and scrolled as a whole. */
	write_text(vt, "A\033[2;5H\033[K\033[3;2H\033[P");
	assert_int_equal(vt_resize(vt, 4, 20), 0);
	assert_string_equal(screen(vt), "Aaaaaaaaaaaaaaaaaaaa|bbbb|ccccccccc|dddddddddddddddddd");
	assert_int_equal(vt_resize(vt, 3, 10), 0);
	write_text(vt, "\033[3;1H\nnew");
	assert_int_equal(vt_resize(vt, 4, 20), 0);
	assert_string_equal(screen(vt), "bbbb|ccccccccc|dddddddddddddddddd|new");
	/* It went on in the next row; it does no more. */
	write_text(vt, "\033[H\033[2J1234567890123456789012345");
	assert_true(vt_row_wraps(vt, 0));
	assert_int_equal(vt_resize(vt, 4, 15), 0);
	assert_int_equal(vt_resize(vt, 4, 30), 0);
	assert_true(vt_row_wraps(vt, 0));
	write_text(vt, "\033[1;21Hx");
	assert_false(vt_row_wraps(vt, 0));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_leave_are_kept_and_counted),
		cmocka_unit_test(test_lines_that_wrap_are_known),
		cmocka_unit_test(test_a_line_of_the_scrollback_is_whole_beside_a_smaller_screen),
		cmocka_unit_test(test_a_row_of_a_smaller_screen_is_whole_too),
		cmocka_unit_test(test_a_smaller_screen_gives_to_the_scrollback_and_takes_back),
		cmocka_unit_test(test_a_line_too_wide_comes_back_and_is_whole_when_there_is_room),
		cmocka_unit_test(test_a_wide_character_at_the_new_edge_is_hidden_whole),
		cmocka_unit_test(test_the_primary_screen_is_whole_after_resizes_on_the_other),
		cmocka_unit_test(test_smaller_and_larger_again_loses_nothing),
		cmocka_unit_test(test_what_is_hidden_goes_with_what_is_shown_of_it),
		cmocka_unit_test(test_margins_and_saved_cursors_outlive_no_resize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
