// SPDX-License-Identifier: GPL-2.0-only
/* A guest's screen: what it shows. */
#include "vt_fixture.h"

#include <locale.h>

#define WIDE "\xe4\xb8\x96"

/* What is shown on 4 rows of 12 columns. */
static const struct {
	const char *in;
	const char *screen;
	int row, col;
} shown[] = {
	{ "hello\r\nworld", "hello|world||", 1, 5 },
	{ "ab\033[2;3Hcd\033[1;1HX", "Xb|  cd||", 0, 1 },
	{ "abc\033[2D\033[Kd", "ad|||", 0, 2 },
	{ "12345678901234", "123456789012|34||", 1, 2 },
	{ "123456789012\033[m\033[Kx\033[K", "123456789012|x||", 1, 1 },
	{ "\n123456789012\033[Jx", "|123456789012|x|", 2, 1 },
	{ "\r\n3\033[A\r1234567890\xe4\xb8\x96\033[J", "1234567890\xe4\xb8\x96|||", 0, 11 },
	{ "123456789012\033(B\033[m\033[?25h\017\033[K", "123456789012|||", 0, 11 },
	{ "\n\n\n123456789012\nx", "||123456789012|           x", 3, 11 },
	{ "\n123456789012\nx", "|123456789012|           x|", 2, 11 },
	{ "\033[20habc\nd", "abc|d||", 1, 1 },
	{ "\033[?7l12345678901234", "123456789014|||", 0, 11 },
	{ "a\tb\r\n\033[3gc\td", "a       b|c          d||", 1, 11 },
	{ "1\r\n2\r\n3\r\n4\033[2;3r\033[3;1H\nx", "1|3|x|4", 2, 1 },
	{ "1\r\n2\r\n3\033[1;1H\033[L0", "0|1|2|3", 0, 1 },
	{ "1\r\n2\r\n3\033[1;1H\033[M", "2|3||", 0, 0 },
	{ "abcdef\033[1;3H\033[2P\033[2@--", "ab--ef|||", 0, 4 },
	{ "abcdef\033[1;3H\033[2X", "ab  ef|||", 0, 2 },
	{ "abc\033[1;2H\033[4hX\033[4l", "aXbc|||", 0, 2 },
	{ "abc\r\033[4h12345678", "12345678abc|||", 0, 8 },
	/* A wide character makes room for both of its columns, wherever it comes to be. */
	{ "XbZ\r\033[4h" WIDE, WIDE "XbZ|||", 0, 2 },
	{ "X" WIDE "Z\r\033[4h" WIDE "y", WIDE "yX" WIDE "Z|||", 0, 3 },
	{ "\033[2HXbZ\033[1;12H_\033[4h" WIDE, "           _|" WIDE "XbZ||", 1, 2 },
	{ "\033[2HXbZ\033[1;12H\033[4h" WIDE, "|" WIDE "XbZ||", 1, 2 },
	{ "\033[4HXbZ\033[4;12H_\033[4h" WIDE, "||XbZ        _|" WIDE, 3, 2 },
	{ "\033[2HXbZ\033[2;12H_\033[1;2r\033[2;12H_\033[4h" WIDE, "XbZ        _|" WIDE "||", 1,
	  2 },
	{ "\033[4HXbZ\033[1;2r\033[4;12H_\033[4h" WIDE, "|||" WIDE "XbZ", 3, 2 },
	{ "1234567890" WIDE "\bx", "1234567890x|||", 0, 11 },
	{ "1234567890" WIDE "x", "1234567890" WIDE "|x||", 1, 1 },
	{ "1234567890" WIDE "\0337\033[3H\0338x", "1234567890" WIDE "|x||", 1, 1 },
	{ "1234567890" WIDE "\033[?7h", "1234567890" WIDE "|||", 0, 11 },
	{ "123456789012\033[?7hx", "123456789012|x||", 1, 1 },
	/* What leaves the cursor behind a row that is full, and what does not. */
	{ "123456789012\033Mx", "           x|123456789012||", 0, 11 },
	{ "\033[4H123456789012\033Dx", "||123456789012|           x", 3, 11 },
	{ "123456789012\033[Sx", "|x||", 1, 1 },
	{ "\n123456789012\033[T\033[Xx", "|           x|123456789012|", 1, 11 },
	{ "123456789012\033[?1Kx", "           x|||", 0, 11 },
	{ "123456789012\033[?69hx", "123456789012|x||", 1, 1 },
	{ "123456789012\033[?69lx", "123456789012|x||", 1, 1 },
	{ "123456789012\033[ @x", "23456789012|x||", 1, 1 },
	{ "123456789012\033[!px", "123456789012|x||", 1, 1 },
	{ "123456789012\033[4$px", "123456789012|x||", 1, 1 },
	/* Where it may not wrap there is no room for it. */
	{ "\033[?7l1234567890ab\033[4h" WIDE, "1234567890ab|||", 0, 11 },
	{ "\033[?7l1234567890a" WIDE "z", "1234567890az|||", 0, 11 },
	{ "\033[?7l1234567890" WIDE WIDE, "1234567890" WIDE "|||", 0, 11 },
	{ "\033[?7l1234567890" WIDE "c", "1234567890 c|||", 0, 11 },
	{ "\033[?69h\033[3;6s\033[?7l\033[1;6H" WIDE "z", "     z|||", 0, 5 },
	{ "\033[?69h\033[3;6s\033[1;3Habcd\033[1;6H\033[4h" WIDE, "  abcd|  " WIDE "||", 1, 4 },
	{ "0123456789" WIDE "\r\033[4h" WIDE, WIDE "0123456789|||", 0, 2 },
	{ "012345678" WIDE "\r\033[4h" WIDE, WIDE "012345678|||", 0, 2 },
	{ "\033[1;11H\xe4\xb8\x96\033[1;1H\033[@", "|||", 0, 0 },
	{ "\033(0lqk\033(Bx", "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90x|||", 0, 4 },
	{ "a\033([5bx\033#]y\033([6n", "a5bxy6n|||", 0, 7 },
	{ "a\033[5b", "aaaaaa|||", 0, 6 },
	{ "\xe4\xb8\x96\033[2b", "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96|||", 0, 6 },
	{ "a\033[9999bz", "aaaaaaaaaaaa|aaaaaaaaaaaa|aaaaaaaaaaaa|az", 3, 2 },
	{ "ab\033[s\r\ncd\033[ux", "abx|cd||", 0, 3 },
	{ "ab\0337\r\ncd\0338x", "abx|cd||", 0, 3 },
	{ "abc\033cd", "d|||", 0, 1 },
	{ "\033#8\033[2;1H\033[J", "EEEEEEEEEEEE|||", 1, 0 },
	{ "one\033[?1049htwo\033[?1049l!", "one!|||", 0, 4 },
	{ "one\033[?47htwo", "   two|||", 0, 6 },
	{ "one\033[?1049htwo\033cthree", "three|||", 0, 5 },
	{ "a\xcc\x81"
	  "bc",
	  "a\xcc\x81"
	  "bc|||",
	  0, 3 },
	{ "12345678901e\xcc\x81!", "12345678901e\xcc\x81|!||", 1, 1 },
	{ "\xcc\x81x", "x|||", 0, 1 },
	{ "ab\r\xcc\x81", "ab|||", 0, 0 },
	{ "e\033[1m\xcc\x81", "e\xcc\x81|||", 0, 1 },
	{ "12345678901\xe4\xb8\x96", "12345678901|\xe4\xb8\x96||", 1, 2 },
	{ "\xe4\xb8\x96\033[1;2Hx", " x|||", 0, 2 },
	{ "\xe4\xb8\x96\033[1;1Hx", "x|||", 0, 1 },
	{ "a\xe4\xb8\x96"
	  "b\033[1;3H\033[K",
	  "a|||", 0, 2 },
	{ "\xe4\xb8\x96x\033[1;2H\033[P", " x|||", 0, 1 },
	{ "\xff\xfe"
	  "a",
	  "\xef\xbf\xbd\xef\xbf\xbd"
	  "a|||",
	  0, 3 },
	{ "a\xe2\x80\xae"
	  "b",
	  "ab|||", 0, 2 },
	{ "\033]52;c;aGVsbG8=\ax\033_G\033\\y\033P1;2|17/ab\033\\z", "xyz|||", 0, 3 },
	{ "\033(0q\033[2;3r\033[4h\033[!pqq\033[1;1Hx\033[9;9H", "xq|||", 3, 8 },
	{ "\033[?69h\033[3;6s\033[1;3Habcd\033[1;3H\033[2@", "    ab|||", 0, 2 },
};

static void test_what_is_shown_wherever_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(shown); i++) {
		for (size_t piece = 1; piece < 14; piece++) {
			struct vt *vt = make(4, 12, 10);
			size_t len = strlen(shown[i].in);

			for (size_t at = 0; at < len; at += piece)
				vt_write(vt, shown[i].in + at, len - at < piece ? len - at : piece);
			assert_string_equal(screen(vt), shown[i].screen);
			expect_cursor(vt, shown[i].row, shown[i].col);
			vt_free(vt);
		}
	}
}

static void expect_same(const struct vt *a, const struct vt *b)
{
	static struct vt_cell one[VT_COLS_MAX], other[VT_COLS_MAX];
	struct vt_cursor cursor;
	int rows, cols;

	vt_size(a, &rows, &cols);
	vt_cursor(a, &cursor);
	expect_cursor(b, cursor.row, cursor.col);
	assert_int_equal(vt_scrolled(a), vt_scrolled(b));
	for (long row = -(long)vt_scrollback(a); row < rows; row++) {
		assert_true(vt_row(a, row, one) && vt_row(b, row, other));
		assert_int_equal(vt_row_wraps(a, row), vt_row_wraps(b, row));
		for (int col = 0; col < cols; col++) {
			assert_int_equal(one[col].width, other[col].width);
			assert_int_equal(one[col].attrs, other[col].attrs);
			for (int i = 0; i < VT_CHARS; i++) {
				assert_int_equal(one[col].chars[i], other[col].chars[i]);
				if (!one[col].chars[i])
					break;
			}
		}
	}
}

static void test_any_bytes_show_the_same_wherever_they_are_cut(void **state)
{
	static const char *const likely[] = {
		"a text of some words ",
		"one short ",
		"another, which is longer than the row has columns",
		"\r\n",
		"\n",
		"\r",
		"\b",
		"\t",
		"\016",
		"\017",
		"\033(0",
		"\033(B",
		"\033)0",
		"\033n",
		"\033[4h",
		"\033[4l",
		"\033[?6h",
		"\033[?6l",
		"\033[2;3r",
		"\033[r",
		"\033[?69h",
		"\033[3;9s",
		"\033[?7l",
		"\033[?7h",
		"\033[1;31m",
		"\033[m",
		"\033[K",
		"\033[J",
		"\033[2;5H",
		"\033[A",
		"\033[5C",
		"\033[3b",
		"\033[2@",
		"\033[2P",
		"\033[L",
		"\033[M",
		"\033M",
		"\0337",
		"\0338",
		"\033[!p",
		"\033c",
		"\033[?1049h",
		"\033[?1049l",
		"\xe4\xb8\x96",
		"\xcc\x81",
		"\xc3\xa4",
		"\xe4\xb8",
		"\033]2;title\a",
		"\033[2T",
		"\033#8",
		"\033[4X",
		"\033[1;1H",
		"\033[9;9H",
		"\033[?47h",
		"\033[20h",
		"\033[20l",
	};
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct vt *whole = make(5, 20, 20);
		struct vt *pieces = make(5, 20, 20);
		char text[2048] = "";

		for (int i = 0; i < 25; i++)
			strcat(text, likely[(size_t)rand_r(&seed) % ROWS(likely)]);
		write_text(whole, text);
		for (size_t at = 0; text[at]; at++)
			vt_write(pieces, text + at, 1);
		expect_same(whole, pieces);
		vt_free(whole);
		vt_free(pieces);
	}
}

/* Text and line ends are put there without libvterm, unless margins at the sides are possible. */
static void test_what_is_plain_is_where_libvterm_puts_it(void **state)
{
	static const char *const likely[] = {
		"a text of some words ",
		"one short ",
		"12345678901234567890",
		"1234567890123456789",
		"another, which is longer than the row has columns",
		"\r\n",
		"\r\n\n",
		"\r",
		"\b",
		"\t",
		"\a",
		"\r\v",
		"\r\f",
		"\033(0",
		"\033(B",
		"\033)0",
		"\016",
		"\017",
		"\033[4h",
		"\033[4l",
		"\033[?6h",
		"\033[?6l",
		"\033[2;3r",
		"\033[r",
		"\033[0;5r",
		"\033[?7l",
		"\033[?7h",
		"\033[1;31m",
		"\033[44m",
		"\033[m",
		"\033[K",
		"\033[1K",
		"\033[J",
		"\033[2;5H",
		"\033[H",
		"\033[;19f",
		"\033[9;9H",
		"\033[A",
		"\033[5C",
		"\033[3b",
		"\033[2@",
		"\033[2P",
		"\033[L",
		"\033M",
		"\033D",
		"\0337",
		"\0338",
		"\033[!p",
		"\033[?1049h",
		"\033[?1049l",
		"\033[20h",
		"\033[20l",
		"\033[z",
		"\033[6n",
		"\xe4\xb8\x96",
		"\xcc\x81",
		"\xc3\xa4",
		"\xe4\xb8",
	};
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct vt *plain = make(5, 20, 20);
		struct vt *given = make(5, 20, 20);
		char answers[SENT_SIZE];
		char text[2048] = "";

		for (int i = 0; i < 25; i++)
			strcat(text, likely[(size_t)rand_r(&seed) % ROWS(likely)]);
		vt_live(plain, true);
		vt_live(given, true);
		write_text(plain, text);
		strcpy(answers, sent);
		sent_len = 0;
		sent[0] = '\0';
		write_text(given, "\033[?69h");
		write_text(given, text);
		assert_string_equal(sent, answers);
		expect_same(plain, given);
		vt_free(plain);
		vt_free(given);
	}
}

static void test_text_has_its_columns(void **state)
{
	struct vt *vt = make(3, 20, 10);
	static const uint16_t expected[] = { 0, 1, 1, 1, 3, 3, 3, 4, 5 };
	uint16_t cols[100];
	char text[100];

	(void)state;
	write_text(vt, "a\xe4\xb8\x96"
		       "e\xcc\x81\033[Cb  ");
	assert_int_equal(vt_row_text(vt, 0, text, sizeof(text), cols), 9);
	assert_string_equal(text, "a\xe4\xb8\x96"
				  "e\xcc\x81 b");
	assert_memory_equal(cols, expected, sizeof(expected));
	/* No half of a character, and always terminated. */
	for (size_t size = 1; size < 10; size++) {
		static const size_t fits[] = { 0, 0, 1, 1, 1, 4, 4, 4, 7, 8 };

		assert_int_equal(vt_row_text(vt, 0, text, size, NULL), fits[size]);
		assert_int_equal(strlen(text), fits[size]);
	}
	assert_int_equal(vt_row_text(vt, 0, text, 0, NULL), 0);
	vt_free(vt);
}

static void test_damage_is_told_once(void **state)
{
	uint64_t rows[(VT_ROWS_MAX + 63) / 64];
	struct vt *vt = make(100, 80, 10);

	(void)state;
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[1], (1ull << 36) - 1);
	assert_false(vt_damage(vt, rows));
	write_text(vt, "\033[3;1Hx\033[70;1H\033[31m\xe4\xb8\x96");
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[0], 1 << 2);
	assert_int_equal(rows[1], 1 << 5);
	write_text(vt, "\033[1;2r\033[2;1H\n");
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[0], 3);
	write_text(vt, "\033[31m\033[6n\033]2;x\a\033[10;10H");
	assert_false(vt_damage(vt, rows));
	write_text(vt, "\033[?1049h");
	vt_damage(vt, rows);
	write_text(vt, "\033[?1049l");
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[0], UINT64_MAX);
	/* Of a smaller screen there is nothing to say of rows that it has not. */
	assert_int_equal(vt_resize(vt, 10, 40), 0);
	assert_true(vt_damage(vt, rows));
	assert_int_equal(rows[0], (1 << 10) - 1);
	assert_int_equal(rows[1], 0);
	vt_free(vt);
}

static void test_memory_has_a_bound(void **state)
{
	static const char *const floods[] = {
		"\xcc\x81",
		"a\xcc\x81",
		"\033[38;2;1;2;3mx\033[38;2;3;2;1my",
		"\033]2;xxxxxxxxxx",
		"\033[1;1;1;1",
		"\xe4\xb8\x96",
		"x\n",
		"\033P",
		"\033[?1049h\033[?1049l\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(floods); i++) {
		struct vt *vt = make(24, 80, 100);
		size_t before;

		for (int round = 0; round < 5000; round++)
			write_text(vt, floods[i]);
		before = vt_memory(vt);
		for (int round = 0; round < 50000; round++)
			write_text(vt, floods[i]);
		assert_true(vt_memory(vt) <= before + 100 * 512);
		assert_true(vt_memory(vt) < 400000);
		vt_free(vt);
	}
}

static void test_the_operators_language_does_not_matter(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C"));
	test_what_is_shown_wherever_it_is_cut(NULL);
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	test_what_is_shown_wherever_it_is_cut(NULL);
}

/* Protected characters, and what erases them. */
static const struct {
	const char *in;
	const char *screen;
} protections[] = {
	{ "\033[1\"qprot\033[0\"q un\033[?2J", "prot||" },
	{ "\033[1\"qprot\033[2\"q un\033[?2K", "prot||" },
	{ "a\033[1\"qb\033[\"qc\033[1\"qd\033[\"qe\033[?1K", " b d||" },
	{ "a\033[1\"qb\033[\"qc\033[1\"qd\033[\"qe\r\033[?K", " b d||" },
	{ "a\r\n\033[1\"qb\033[\"qc\r\nd\033[2;1H\033[?J", "a|b|" },
	{ "a\r\n\033[1\"qb\033[\"qc\r\nd\033[2;2H\033[?1J", "|b|d" },
	{ "\033[1\"q\xe4\xb8\x96\033[\"q\xe4\xb8\x96\033[?2J", "\xe4\xb8\x96||" },
	/* A rendition does not change it, the saved cursor has it, what is erased is without. */
	{ "\033[1\"qa\033[mb\033[?2J", "ab||" },
	{ "\033[1\"q\0337\033[\"qa\0338b\r\033[?2J", "b||" },
	{ "\033[1\"qabc\033[2K\r\033[\"q123\033[?2J", "||" },
	{ "\033[1\"qabc\033[!p\r\nd\033[?2J", "abc||" },
	/* What is not selective does not ask. */
	{ "\033[1\"qabc\033[2J", "||" },
	{ "\033[1\"qabc\r\033[K", "||" },
	{ "\033[1\"qabc\r\033[2X", "  c||" },
	/* No such kind. */
	{ "\033[3\"qabc\033[?2J", "||" },
};

static void test_what_is_protected_is_not_erased_selectively(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(protections); i++) {
		struct vt *vt = make(3, 20, 0);

		write_text(vt, protections[i].in);
		assert_string_equal(screen(vt), protections[i].screen);
		vt_free(vt);
	}
}

/* 132 columns, of who may have them and who may not. */
static const struct {
	const char *in;
	bool may;
	int cols;
	const char *screen;
} columns[] = {
	{ "abc\033[?3hd", true, 30, "abcd||" },
	{ "abc\033[?40h\033[?3hd", false, 30, "d||" },
	{ "abc\033[?40h\033[?3hd", true, 132, "d||" },
	{ "abc\033[?40h\033[?3hd\033[?3le", true, 80, "e||" },
	{ "abc\033[?40h\033[?95h\033[?3hd", true, 132, "dbc||" },
	{ "abc\033[?40h\033[?40l\033[?3hd", true, 30, "abcd||" },
	{ "a\033[?40h\033[2;3r\033[?3h\033[3;1Hb\n\nc", true, 132, "b||\240c" },
	{ "a\033[?40h\033[?3h\033c\033[?3lb", true, 80, "b||" },
	{ "a\033[?40h\033[?3h\033cb", true, 30, "b||" },
};

static void test_132_columns_clear_the_screen_where_they_are_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(columns); i++) {
		struct vt *vt = make(3, 30, 10);
		int rows;
		int cols;

		vt_let_resize(vt, columns[i].may);
		vt_live(vt, true);
		write_text(vt, columns[i].in);
		vt_size(vt, &rows, &cols);
		assert_int_equal(cols, columns[i].cols);
		if (!strchr(columns[i].screen, '\240'))
			assert_string_equal(screen(vt), columns[i].screen);
		/* The margins are gone. */
		else
			assert_int_equal(vt_scrolled(vt), 2);
		assert_string_equal(sent, "");
		vt_free(vt);
	}
}

static void test_other_encodings_than_utf_8(void **state)
{
	struct vt *vt = make(3, 20, 0);

	(void)state;
	vt_encode(vt, ENCODING_CP437);
	write_text(vt, "\xc9\xcd\xbb \x8e\x9b\xff.\033]2;\x84\a");
	assert_string_equal(line(vt, 0), "\xe2\x95\x94\xe2\x95\x90\xe2\x95\x97 "
					 "\xc3\x84\xc2\xa2\xc2\xa0.");
	assert_string_equal(vt_title(vt), "\xc3\xa4");
	assert_true(vt_key_char(vt, 0xe4, 0));
	assert_true(vt_key_char(vt, 0x2554, VT_ALT));
	assert_true(vt_key_char(vt, 'a', VT_CTRL));
	assert_false(vt_key_char(vt, 0x20ac, 0));
	assert_string_equal(sent, "\x84\033\xc9\001");
	vt_free(vt);
	/* With the controls that are one byte, as a VT220 has them. */
	vt = make(3, 20, 0);
	vt_encode(vt, ENCODING_LATIN1);
	write_text(vt, "\xc4\x9b"
		       "31m\xe9\x85"
		       "b\x9d"
		       "2;\xe4\x9c!");
	assert_string_equal(screen(vt), "\xc3\x84\xc3\xa9|b!|");
	expect_color(cell(vt, 0, 1).fg, (struct vt_color){ VT_COLOR_INDEXED, 1, 0, 0, 0 });
	assert_string_equal(vt_title(vt), "\xc3\xa4");
	assert_true(vt_key_char(vt, 0xe9, 0));
	assert_false(vt_key_char(vt, 0x2554, 0));
	assert_false(vt_key_char(vt, 0x85, 0));
	assert_string_equal(sent, "\xe9");
	/* What was begun in one is not gone on with in another. */
	write_text(vt, "\r\n\033[3");
	vt_encode(vt, ENCODING_UTF8);
	write_text(vt, "1m\xc3\xa4");
	assert_string_equal(line(vt, 2), "1m\xc3\xa4");
	vt_free(vt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_encodings_than_utf_8),
		cmocka_unit_test(test_what_is_protected_is_not_erased_selectively),
		cmocka_unit_test(test_132_columns_clear_the_screen_where_they_are_allowed),
		cmocka_unit_test(test_what_is_shown_wherever_it_is_cut),
		cmocka_unit_test(test_any_bytes_show_the_same_wherever_they_are_cut),
		cmocka_unit_test(test_what_is_plain_is_where_libvterm_puts_it),
		cmocka_unit_test(test_text_has_its_columns),
		cmocka_unit_test(test_damage_is_told_once),
		cmocka_unit_test(test_memory_has_a_bound),
		cmocka_unit_test(test_the_operators_language_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
