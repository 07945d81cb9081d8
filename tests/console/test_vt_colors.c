// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen: in which colours and attributes it is shown. */
#include "vt_fixture.h"

static const struct {
	const char *in;
	uint8_t attrs;
	struct vt_color fg, bg;
} styles[] = {
	{ "", 0, { 0 }, { 0 } },
	{ "\033[1;2;3;4m", VT_BOLD | VT_DIM | VT_ITALIC | VT_UNDERLINE, { 0 }, { 0 } },
	{ "\033[5;7;8;9m", VT_BLINK | VT_REVERSE | VT_CONCEAL | VT_STRIKE, { 0 }, { 0 } },
	{ "\033[1;2;3;4;5;7;8;9;22;23;24;25;27;28;29m", 0, { 0 }, { 0 } },
	{ "\033[1;31;42m\033[m", 0, { 0 }, { 0 } },
	{ "\033[31;42m", 0, { VT_COLOR_INDEXED, 1, 0, 0, 0 }, { VT_COLOR_INDEXED, 2, 0, 0, 0 } },
	{ "\033[1;97;107m",
	  VT_BOLD,
	  { VT_COLOR_INDEXED, 15, 0, 0, 0 },
	  { VT_COLOR_INDEXED, 15, 0, 0, 0 } },
	{ "\033[38;5;200;48;5;17m",
	  0,
	  { VT_COLOR_INDEXED, 200, 0, 0, 0 },
	  { VT_COLOR_INDEXED, 17, 0, 0, 0 } },
	{ "\033[38;2;1;2;3;4m", VT_UNDERLINE, { VT_COLOR_RGB, 0, 1, 2, 3 }, { 0 } },
	{ "\033[38:2:1:2:3;1m", VT_BOLD, { VT_COLOR_RGB, 0, 1, 2, 3 }, { 0 } },
	{ "\033[48:2::255:254:253m", 0, { 0 }, { VT_COLOR_RGB, 0, 255, 254, 253 } },
	{ "\033[38:5:9m\033[49;39m", 0, { 0 }, { 0 } },
	{ "\033[4:3m", VT_UNDERLINE, { 0 }, { 0 } },
	{ "\033[4m\033[4:0m", 0, { 0 }, { 0 } },
	/* What is not whole or too great says nothing. */
	{ "\033[38;5m\033[38m\033[38;2;1;2m\033[38;5;256m\033[38;2;1;2;300m", 0, { 0 }, { 0 } },
	{ "\033[1m\0337\033[0;31m\0338", VT_BOLD, { 0 }, { 0 } },
	{ "\033[1m\033[?1049h\033[0;31m\033[?1049l", VT_BOLD, { 0 }, { 0 } },
	{ "\033[1;31m\033[!p", 0, { 0 }, { 0 } },
};

static void test_styles_are_kept_on_screen_and_in_the_scrollback(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(styles); i++) {
		struct vt *vt = make(3, 20, 10);

		write_text(vt, styles[i].in);
		write_text(vt, "x");
		for (int row = 0; row > -2; row--) {
			struct vt_cell x = cell(vt, row, 0);

			assert_int_equal(x.chars[0], 'x');
			assert_int_equal(x.attrs, styles[i].attrs);
			expect_color(x.fg, styles[i].fg);
			expect_color(x.bg, styles[i].bg);
			write_text(vt, "\033[m\n\n\n");
		}
		vt_free(vt);
	}
}

static void test_an_erased_cell_has_the_background_and_nothing_else(void **state)
{
	struct vt *vt = make(3, 20, 10);
	struct vt_cell x;

	(void)state;
	write_text(vt, "text\033[1;4;7;31;44m\r\033[K");
	x = cell(vt, 0, 5);
	assert_int_equal(x.chars[0], 0);
	assert_int_equal(x.attrs, 0);
	expect_color(x.bg, (struct vt_color){ VT_COLOR_INDEXED, 4, 0, 0, 0 });
	expect_color(x.fg, (struct vt_color){ 0 });
	vt_free(vt);
}

static void test_a_reversed_screen_is_reversed_and_only_that(void **state)
{
	struct vt *vt = make(3, 20, 10);
	uint64_t rows[(VT_ROWS_MAX + 63) / 64];

	(void)state;
	write_text(vt, "a\033[7mb\033[m");
	vt_damage(vt, rows);
	write_text(vt, "\033[?5h");
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[0], 7);
	assert_int_equal(cell(vt, 0, 0).attrs, VT_REVERSE);
	assert_int_equal(cell(vt, 0, 1).attrs, 0);
	write_text(vt, "\033c");
	assert_int_equal(cell(vt, 0, 0).attrs, 0);
	vt_free(vt);
}

#define NONE      \
	{         \
		0 \
	}
#define INDEXED(n)                           \
	{                                    \
		VT_COLOR_INDEXED, n, 0, 0, 0 \
	}
#define RGB(r, g, b)                     \
	{                                \
		VT_COLOR_RGB, 0, r, g, b \
	}

/* As xterm has it: its own two colours change places, black and white do, and no others. */
static void test_colours_of_a_reversed_screen(void **state)
{
	static const struct {
		const char *text;
		struct vt_color fg, bg;
		int attrs;
	} cells[] = {
		{ "\033[31;44mx", INDEXED(1), INDEXED(4), 0 },
		{ "\033[31;44;7mx", INDEXED(1), INDEXED(4), VT_REVERSE },
		{ "\033[31mx", NONE, INDEXED(1), VT_REVERSE },
		{ "\033[44mx", INDEXED(4), NONE, VT_REVERSE },
		{ "\033[44;7mx", INDEXED(4), NONE, 0 },
		{ "\033[30;47mx", INDEXED(7), INDEXED(0), 0 },
		{ "\033[38;2;1;2;3;48;5;23mx", RGB(1, 2, 3), INDEXED(23), 0 },
		{ "\033[44m\033[K", INDEXED(4), NONE, VT_REVERSE },
	};
	struct vt *vt;

	(void)state;
	for (size_t i = 0; i < ROWS(cells); i++) {
		vt = make(3, 20, 10);
		write_text(vt, "\033[?5h");
		write_text(vt, cells[i].text);
		expect_color(cell(vt, 0, 0).fg, cells[i].fg);
		expect_color(cell(vt, 0, 0).bg, cells[i].bg);
		assert_int_equal(cell(vt, 0, 0).attrs, cells[i].attrs);
		vt_free(vt);
	}
	/* DECALN is plain, and what is written then is not. */
	vt = make(3, 20, 10);
	write_text(vt, "\033[1;33;44m\033#8x\033[2;1H\033[K");
	expect_color(cell(vt, 0, 0).bg, (struct vt_color)INDEXED(4));
	assert_int_equal(cell(vt, 0, 0).attrs, VT_BOLD);
	expect_color(cell(vt, 0, 1).bg, (struct vt_color)NONE);
	expect_color(cell(vt, 1, 0).bg, (struct vt_color)INDEXED(4));
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_styles_are_kept_on_screen_and_in_the_scrollback),
		cmocka_unit_test(test_an_erased_cell_has_the_background_and_nothing_else),
		cmocka_unit_test(test_a_reversed_screen_is_reversed_and_only_that),
		cmocka_unit_test(test_colours_of_a_reversed_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
