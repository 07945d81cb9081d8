// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's screen: what xterm does at the edges of what there is, of rows, margins and
 * sequences. Where the cursor is at the end is asked for, as a guest would.
 */
#include "vt_fixture.h"

static const struct {
	const char *in;
	const char *screen;
	const char *cursor;
} shown[] = {
	/* What was saved is restored: character sets, origin, the end of a full row. */
	{ "\033(0\0337\033(Bq\0338q", "\xe2\x94\x80|||", "\033[1;2R" },
	{ "\033)0\016\0337\017q\r\n\0338q", "\xe2\x94\x80|||", "\033[1;2R" },
	{ "\033(0q\033[sq\033(Bq\033[uq", "\xe2\x94\x80\xe2\x94\x80q|||", "\033[1;3R" },
	{ "\033[2;3r\033[?6h\0337\033[?6l\033[4;4H\0338x", "|x||", "\033[1;2R" },
	{ "123456789012\0337\r\nab\0338c", "123456789012|cb||", "\033[2;2R" },
	{ "\033[3;5r\0337\0338x", "x|||", "\033[1;2R" },
	{ "ab\0337\033[!p\0338c", "cb|||", "\033[1;2R" },
	{ "ab\0337\033[?1049hcd\0337\033[?1049l\0338e", "abe|||", "\033[1;4R" },
	/* REP is of a character that comes just before it. */
	{ "a\033[3b\033[3b", "aaaa|||", "\033[1;5R" },
	{ "a\033[1m\033[3b", "a|||", "\033[1;2R" },
	{ "a\033[3bb\033[2b", "aaaabbb|||", "\033[1;8R" },
	{ "a\r\n\033[3b", "a|||", "\033[2;1R" },
	/* Margins that are none. */
	{ "\033[2;3H\033[3;2rx", "|  x||", "\033[2;4R" },
	{ "\033[2;3H\033[0;1rx", "|  x||", "\033[2;4R" },
	{ "\033[2;3H\033[9;9rx", "|  x||", "\033[2;4R" },
	{ "\033[2;3H\033[2;9rx\033[4;1H\n", "x|||", "\033[4;1R" },
	/* They stop the cursor, and only lines are bound to them. */
	{ "\033[2;3r\033[3;1H\033[9Ax\033[9By", "|x| y|", "\033[3;3R" },
	{ "\033[2;3r\033[4;1H\033[9Ax", "|x||", "\033[2;2R" },
	{ "\033[2;3r\033[3;5H\033[9Fx\033[9Ey", "|x|y|", "\033[3;2R" },
	{ "\033[1;3rabc\033[4;1Hdef\033[4;1H\033[P\033[2@x", "abc|||x ef", "\033[4;2R" },
	/* IL and DL go to the first column. */
	{ "ab\r\ncd\033[1;2H\033[Lx", "x|ab|cd|", "\033[1;2R" },
	{ "ab\r\ncd\033[1;2H\033[Mx", "xd|||", "\033[1;2R" },
	{ "ab\033[2;3r\033[1;2H\033[Lx", "ax|||", "\033[1;3R" },
	/* SL, SR, DECBI and DECFI. */
	{ "abcdef\r\nghi\033[2 @", "cdef|i||", "\033[2;4R" },
	{ "abcdef\r\nghi\033[2 A", "  abcdef|  ghi||", "\033[2;4R" },
	{ "abc\r\ndef\r\0336x", " abc|xdef||", "\033[2;2R" },
	{ "abc\033[1;12H\0339x", "bc         x|||", "\033[1;12R" },
	{ "ab\0336x\0339y", "ax y|||", "\033[1;5R" },
	/* Without wrapping the cursor is never behind the row. */
	{ "\033[?7l123456789012\033[K", "12345678901|||", "\033[1;12R" },
	{ "\033[?7l123456789012\033[J", "12345678901|||", "\033[1;12R" },
	{ "\033[?7l123456789012\033[1K", "|||", "\033[1;12R" },
	{ "123456789012\033[?7l\033[?7hx", "123456789012|x||", "\033[2;2R" },
	{ "\033[?7l123456789012\033[Dx", "1234567890x2|||", "\033[1;12R" },
	{ "\033[?7l123456789012\0337\033[?7h\0338x", "123456789012|x||", "\033[2;2R" },
	/* And no more so after what changes the row. */
	{ "123456789012\033[@x", "12345678901x|||", "\033[1;12R" },
	{ "123456789012\033[Px", "12345678901x|||", "\033[1;12R" },
	{ "123456789012\033[Xx", "12345678901x|||", "\033[1;12R" },
	{ "123456789012\033[1Kx", "           x|||", "\033[1;12R" },
	{ "123456789012\033[2Kx", "           x|||", "\033[1;12R" },
	{ "123456789012\033[1Jx", "           x|||", "\033[1;12R" },
	{ "123456789012\033[2Jx", "           x|||", "\033[1;12R" },
	{ "123456789012\033[mx", "123456789012|x||", "\033[2;2R" },
	{ "123456789012\tx", "123456789012|x||", "\033[2;2R" },
	{ "123456789012\bx", "1234567890x2|||", "\033[1;12R" },
	{ "123456789012\033[1;12Hx", "12345678901x|||", "\033[1;12R" },
	{ "123456789012\033[Cx", "12345678901x|||", "\033[1;12R" },
	/* SPA and EPA; DECSCA. */
	{ "a\033Vb\033Wc\033[1K\033[2J", " b|||", "\033[1;4R" },
	{ "a\033Vb\033Wc\r\033[K", " b|||", "\033[1;1R" },
	{ "a\033Vb\033Wc\r\033[3X", " b|||", "\033[1;1R" },
	{ "a\033[1\"qb\033[0\"qc\r\033[K", "|||", "\033[1;1R" },
	{ "a\033[1\"qb\033[0\"qc\r\033[?K", " b|||", "\033[1;1R" },
	{ "a\033Vb\033Wc\033[0\"q\r\033[K", "|||", "\033[1;1R" },
	{ "a\033Vb\033Wc\033[!p\r\033[K", "|||", "\033[1;1R" },
	/* DECALN. */
	{ "\033[2;3r\033[?6h\033#8x", "xEEEEEEEEEEE|EEEEEEEEEEEE|EEEEEEEEEEEE|EEEEEEEEEEEE",
	  "\033[1;2R" },
	{ "\033[4;4H\033#8x", "xEEEEEEEEEEE|EEEEEEEEEEEE|EEEEEEEEEEEE|EEEEEEEEEEEE", "\033[1;2R" },
	/* DECSTR. */
	{ "\033[3g\033[2G\033H\033[!p\r\tx", " x|||", "\033[1;3R" },
	{ "\033[?7l\033[4h\033[2;3r\033[3;3H\033[!p12345678901234567890",
	  "||  1234567890|1234567890", "\033[4;11R" },
	/* DECLRMM. */
	{ "\033[?69h\033[3;6sabcdefghi", "abcdef|  ghi||", "\033[2;6R" },
	{ "\033[?69h\033[3;6s\033[1;4Habcdefg", "   abc|  defg||", "\033[2;6R" },
	{ "\033[?69h\033[3;6s\033[1;4H\033[9Cx\033[9Dy", "  y  x|||", "\033[1;4R" },
	{ "\033[?69h\033[3;6s\033[1;4H\tx\ry\b\bz", "  z  x|||", "\033[1;4R" },
	{ "\033[?69h\033[3;6s\033[1;4Ha\033Eb\033[Fc", "  ca|  b||", "\033[1;4R" },
	{ "\033[?69h\033[3;6s\033[4;8H\nx\033[4;4H\ny", "|||   y   x", "\033[4;5R" },
	{ "abcdefgh\033[?69h\033[3;6s\033[1;4H\033[4hXYZ", "abcXYZgh|||", "\033[1;6R" },
	{ "abcdefgh\033[?69h\033[3;6s\033[1;4H\033[P\033[1;8H\033[P", "abcef gh|||", "\033[1;8R" },
	{ "\033[?69h\033[3;6s\033[?69labcdefghi", "abcdefghi|||", "\033[1;10R" },
	{ "\033[2;2H\033[?69hx\033[?69ly", "| xy||", "\033[2;4R" },
	{ "\033[?69h\033[6;3s\033[3;99s\033[4;12H\ry", "|||  y", "\033[4;4R" },
	{ "\033[?69h\033[3;6s\033[?7l\033[1;4Habcdefg", "   abg|||", "\033[1;6R" },
	/* Tabs between margins and at the end, and the blank of the special graphics. */
	{ "\033[?69h\033[3;6s\033[1;4Habc\tx", "   abc|  x||", "\033[2;4R" },
	{ "123456789012\033[Ix", "123456789012|x||", "\033[2;2R" },
	{ "12345678901\tx\ty", "12345678901x|y||", "\033[2;2R" },
	{ "\033[?69h\033[3;10s\033[1;4H\033[Ix\033[Iy", "        xy|||", "\033[1;10R" },
	{ "\033[?69h\033[3;10s\033[1;4H\033[9Ix", "         x|||", "\033[1;10R" },
	{ "\033[?69h\033[3;10s\033[2;5H\033[Zx", "|x||", "\033[2;2R" },
	{ "\033[?69h\033[3;10s\033[?6h\033[2;3H\033[Zx", "|  x||", "\033[2;2R" },
	{ "\033(0a_a", "\xe2\x96\x92 \xe2\x96\x92|||", "\033[1;4R" },
	/* Character sets. */
	{ "\033*0\033Nqq", "\xe2\x94\x80q|||", "\033[1;3R" },
	{ "\033+0\033Oqq", "\xe2\x94\x80q|||", "\033[1;3R" },
	{ "\033*0\033(0\033(B\033Nqq\033nq\017q", "\xe2\x94\x80q\xe2\x94\x80q|||", "\033[1;5R" },
	{ "\033(A#", "\xc2\xa3|||", "\033[1;2R" },
	{ "\033(0yz\033(Kq", "\xe2\x89\xa4\xe2\x89\xa5q|||", "\033[1;4R" },
	{ "\033)0\016q\033[3b", "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80|||",
	  "\033[1;5R" },
	{ "\033(0\033[2Bqqqqqqqqqqqqq",
	  "||\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80|\xe2\x94\x80",
	  "\033[4;2R" },
};

static void test_what_xterm_shows_at_the_edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(shown); i++) {
		struct vt *vt = make(4, 12, 0);

		vt_live(vt, true);
		write_text(vt, shown[i].in);
		if (strcmp(screen(vt), shown[i].screen))
			print_error("shown[%zu]: %s\n", i, shown[i].in);
		assert_string_equal(screen(vt), shown[i].screen);
		write_text(vt, "\033[6n");
		assert_string_equal(sent, shown[i].cursor);
		vt_free(vt);
	}
}

/*
 * Not as in xterm, which erases the last character of a full row: what a tool writes in
 * colours is followed by EL, and would lose it.
 */
static void test_behind_a_full_row_nothing_is_erased(void **state)
{
	struct vt *vt = make(4, 12, 0);

	(void)state;
	write_text(vt, "123456789012\033[K\033[J");
	assert_string_equal(screen(vt), "123456789012|||");
	write_text(vt, "x");
	assert_string_equal(screen(vt), "123456789012|x||");
	vt_free(vt);
}

static void test_the_other_screen_is_kept_or_cleared_as_it_is_asked_for(void **state)
{
	struct vt *vt = make(4, 12, 0);

	(void)state;
	write_text(vt, "one\033[?47htwo\033[?47l\033[1;1H\033[?47h");
	assert_string_equal(screen(vt), "   two|||");
	write_text(vt, "\033[?1049l\033[?1049h");
	assert_string_equal(screen(vt), "|||");
	write_text(vt, "\033[1;1Hthree\033[?1047l\033[?1047h");
	assert_string_equal(screen(vt), "|||");
	write_text(vt, "\033[1;1Hfour\033[?47l\033c\033[?47h");
	assert_string_equal(screen(vt), "|||");
	vt_free(vt);
}

static void test_the_guest_says_what_backspace_is(void **state)
{
	struct vt *vt = make(4, 12, 0);

	(void)state;
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_UNSAID);
	write_text(vt, "\033[?67h");
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_BS);
	write_text(vt, "\033[!p");
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_BS);
	write_text(vt, "\033[?67l");
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_DEL);
	vt_forget_backspace(vt);
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_UNSAID);
	write_text(vt, "\033[?67h\033c");
	assert_int_equal(vt_backspace(vt), VT_BACKSPACE_UNSAID);
	vt_free(vt);
}

/* A hidden cursor stays so, and what blinks. */
static void test_a_cursor_that_is_restored_is_as_visible_as_before(void **state)
{
	struct vt *vt = make(4, 12, 0);
	struct vt_cursor cursor;

	(void)state;
	write_text(vt, "\0337\033[?25l\0338");
	vt_cursor(vt, &cursor);
	assert_false(cursor.visible);
	write_text(vt, "\033[!p");
	vt_cursor(vt, &cursor);
	assert_true(cursor.visible);
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_xterm_shows_at_the_edges),
		cmocka_unit_test(test_behind_a_full_row_nothing_is_erased),
		cmocka_unit_test(test_the_other_screen_is_kept_or_cleared_as_it_is_asked_for),
		cmocka_unit_test(test_the_guest_says_what_backspace_is),
		cmocka_unit_test(test_a_cursor_that_is_restored_is_as_visible_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
