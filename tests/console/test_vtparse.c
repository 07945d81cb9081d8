// SPDX-License-Identifier: GPL-2.0-only
/* Bytes taken apart: whole and bounded, wherever they are cut. */
#include "cmocka_all.h"

#include "vt/vtparse.h"

static char told[8192];

static void tell(const char *format, ...)
{
	size_t len = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + len, sizeof(told) - len, format, args);
	va_end(args);
}

static void on_ascii(const char *text, size_t len, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < len; i++) {
		assert_in_range(text[i], 0x20, 0x7e);
		tell("%c", text[i]);
	}
}

static void on_glyph(uint32_t ch, void *arg)
{
	(void)arg;
	assert_true(ch >= 0xa0 && ch <= 0x10ffff && (ch < 0xd800 || ch > 0xdfff));
	tell("{%x}", ch);
}

static void on_control(unsigned char c, void *arg)
{
	(void)arg;
	tell("^%c", c + '@');
}

static void on_escape(char intermediate, char final, void *arg)
{
	(void)arg;
	tell("<%.1s%c>", &intermediate, final);
}

static void on_csi(const struct vtparse_csi *csi, void *arg)
{
	(void)arg;
	assert_in_range(csi->count, 1, VTPARSE_ARGS);
	tell("[%.1s", &csi->leader);
	for (int i = 0; i < csi->count; i++) {
		assert_true(csi->args[i] <= VTPARSE_ARG_MAX);
		tell("%s", !i ? "" : csi->sub & 1u << i ? ":" : ";");
		if (csi->given & 1u << i)
			tell("%u", csi->args[i]);
	}
	tell("%.1s%c]", &csi->intermediate, csi->final);
}

static void on_string(char kind, const char *text, size_t len, void *arg)
{
	(void)arg;
	assert_int_equal(strlen(text), len);
	tell("(%c%s)", kind, text);
}

static const struct vtparse_ops ops = { on_ascii, on_glyph,  on_control, on_escape,
					on_csi,	  on_string, NULL };

static void on_cut(char kind, const char *text, size_t len, void *arg)
{
	(void)arg;
	assert_int_equal(strlen(text), len);
	tell("(%c%.3s... %zu)", kind, text, len);
}

static const struct vtparse_ops cut_ops = { .string = on_string, .cut = on_cut };

static const char *parse(const char *text, size_t len, size_t piece)
{
	struct vtparse state;

	told[0] = '\0';
	vtparse_init(&state);
	for (size_t i = 0; i < len; i += piece)
		vtparse_bytes(&state, text + i, len - i < piece ? len - i : piece, &ops, NULL);
	return told;
}

static const struct {
	const char *in;
	const char *out;
} cases[] = {
	{ "plain text\r\n", "plain text^M^J" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "{e4}{20ac}{1f600}" },
	/* Broken UTF-8: overlong, surrogates, too great, cut off, stray. */
	{ "\xc0\x80", "{fffd}{fffd}" },
	{ "\xe0\x80\x80", "{fffd}{fffd}{fffd}" },
	{ "\xed\xa0\x80", "{fffd}{fffd}{fffd}" },
	{ "\xf4\x90\x80\x80", "{fffd}{fffd}{fffd}{fffd}" },
	{ "\xfc\x80\x80\x80\x80\x80", "{fffd}{fffd}{fffd}{fffd}{fffd}{fffd}" },
	{ "\xe2\x82"
	  "a",
	  "{fffd}a" },
	{ "\xe2\x82\n", "{fffd}^J" },
	{ "\xe2\x82\033[m", "{fffd}[m]" },
	{ "\xe2\xe2\x82\xac", "{fffd}{20ac}" },
	{ "\x80\xbf", "{fffd}{fffd}" },
	/* C1 is no text, and no control either. */
	{ "\xc2\x9b"
	  "31m",
	  "{fffd}31m" },
	{ "\x9b"
	  "31m",
	  "{fffd}31m" },
	{ "a\x7f"
	  "b",
	  "ab" },
	{ "\033[m\033[1;31m\033[;5H\033[?25l\033[>c\033[2 q\033[!p",
	  "[m][1;31m][;5H][?25l][>c][2 q][!p]" },
	{ "\033[38:2::1:2:3m", "[38:2::1:2:3m]" },
	{ "\033[99999999999999999999H", "[9999H]" },
	{ "\033[1;;;4m", "[1;;;4m]" },
	{ "\033[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;7m",
	  "[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;m]" },
	{ "\033[1?25l\033[??1h\033[ !p", "[\x7f"
					 "125l][\x7f"
					 "1h][\x7fp]" },
	{ "\033[3\n1m", "^J[31m]" },
	{ "\033[3\0301m", "1m" },
	{ "\033[3\033[1m", "[1m]" },
	{ "\033[3\xc3\xa4", "{e4}" },
	{ "\0337\0338\033(0\033#8\033 G\033c", "<7><8><(0><#8>< G><c>" },
	{ "\033()B", "<\x7f"
		     "B>" },
	{ "\033]0;title\a\033]2;t\xc3\xa4\033\\x", "(]0;title)(]2;t\xc3\xa4)x" },
	{ "\033P$qm\033\\x", "(P$qm)x" },
	{ "\033_secret\033\\\033^private\033\\\033Xstart\033\\x", "x" },
	/* The Linux console's have no end. */
	{ "\033]Rx\033]P1ff8800y\033]0;R\a\033]2;P1234567890\a",
	  "(]R)x(]P1ff8800)y(]0;R)(]2;P1234567890)" },
	/* What a crash left open does not swallow what follows. */
	{ "\033]0;half\nnext line", "^Jnext line" },
	{ "\033]0;half\033[31mred", "[31m]red" },
	{ "\033]0;half\033\033[31mred", "[31m]red" },
	{ "\033]0;half\030x", "x" },
};

static void test_sequences_are_told_apart_wherever_they_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++)
		for (size_t piece = 1; piece < 9; piece++)
			assert_string_equal(parse(cases[i].in, strlen(cases[i].in), piece),
					    cases[i].out);
	assert_string_equal(parse("a\0b", 3, 3), "ab");
}

static void test_long_strings_are_not_told_and_end(void **state)
{
	static char text[VTPARSE_OSC_MAX + 100];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "\033]2;", 4);
	memcpy(text + 600, "\a.", 2);
	assert_string_equal(parse(text, 602, 7), ".");
	memset(text + 4, ' ', sizeof(text) - 4);
	parse(text, sizeof(text), 100);
	assert_int_equal(strlen(told), 100 - 2);
}

static void test_of_a_string_that_is_not_given_the_beginning_is_told(void **state)
{
	static const char *const cut[] = { "\033]8;;http://x\033[m", "\033]8;;http://x\n",
					   "\033]8;;http://x\030", "\033]8;;http://x\032" };
	static char text[700];
	struct vtparse parse;

	(void)state;
	for (size_t i = 0; i < ROWS(cut); i++) {
		told[0] = '\0';
		vtparse_init(&parse);
		vtparse_bytes(&parse, cut[i], strlen(cut[i]), &cut_ops, NULL);
		assert_string_equal(told, "(]8;;... 11)");
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "\033]8;;", 5);
	text[sizeof(text) - 1] = '\a';
	told[0] = '\0';
	vtparse_init(&parse);
	vtparse_bytes(&parse, text, sizeof(text), &cut_ops, NULL);
	assert_string_equal(told, "(]8;;... 511)");
	/* It has not ended yet, and goes on. */
	told[0] = '\0';
	vtparse_tell_begun(&parse, &cut_ops, NULL);
	vtparse_bytes(&parse, "\033]8;;x", 6, &cut_ops, NULL);
	vtparse_tell_begun(&parse, &cut_ops, NULL);
	vtparse_bytes(&parse, "y\033", 2, &cut_ops, NULL);
	vtparse_tell_begun(&parse, &cut_ops, NULL);
	vtparse_bytes(&parse, "\\", 1, &cut_ops, NULL);
	assert_string_equal(told, "(]8;;... 4)(]8;;... 5)(]8;;xy)");
	/* Other kinds are nobody's. */
	told[0] = '\0';
	vtparse_bytes(&parse, "\033_x\030\033^x\030\033Xx\030", 12, &cut_ops, NULL);
	assert_string_equal(told, "");
}

/* A picture, or what is to be pasted. */
static void test_what_is_encoded_may_be_long(void **state)
{
	static char text[VTPARSE_STRING_MAX + 100];
	static const char begin[] = "\033]52;c;";

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, begin, strlen(begin));
	memcpy(text + 30000, "==\a.", 4);
	assert_string_equal(parse(text, 30004, 1000), ".");
	/* It was left open. */
	memcpy(text + 30000, "x y\n", 4);
	assert_string_equal(parse(text, 30004, 1000), " y^J");
	memcpy(text + 30000, "x\ny\a", 4);
	assert_string_equal(parse(text, 30004, 1000), "^Jy^G");
	memcpy(text + 30000, "x\xc3\xa4y", 4);
	assert_string_equal(parse(text, 30004, 1000), "{e4}y");
	memset(text + 30000, 'x', 4);
	parse(text, sizeof(text), 1000);
	assert_int_equal(strlen(told), 100 - 2);
}

static void test_a_picture_may_have_lines(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} by_line[] = {
		{ "a\033P0;1q\"1;1\n#0;2;0\r\n#0~~@@$\n-\n!9?\033\\b",
		  "a(P0;1q\"1;1\n#0;2;0\r\n#0~~@@$\n-\n!9?)b" },
		/* It was left open. */
		{ "a\033P0;1q#0~\nKernel panic\n", "aKernel panic^J" },
		{ "a\033P0;1q#0~\n# ls\n", "a ls^J" },
		{ "a\033P0;1q#0~\n#0~\xc3\xa4\n", "a{e4}^J" },
		/* No picture. */
		{ "a\033P0;1p#0~\nb", "a^Jb" },
		{ "a\033Pnot this\nb", "a^Jb" },
		{ "a\033_0q#0~\nb", "a^Jb" },
		{ "a\033]0q#0~\nb", "a^Jb" },
	};
	struct vtparse parse;

	(void)state;
	for (size_t i = 0; i < ROWS(by_line); i++) {
		told[0] = '\0';
		vtparse_init(&parse);
		parse.by_line = true;
		for (size_t at = 0; by_line[i].in[at]; at++)
			vtparse_bytes(&parse, by_line[i].in + at, 1, &ops, NULL);
		assert_string_equal(told, by_line[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences_are_told_apart_wherever_they_are_cut),
		cmocka_unit_test(test_long_strings_are_not_told_and_end),
		cmocka_unit_test(test_of_a_string_that_is_not_given_the_beginning_is_told),
		cmocka_unit_test(test_what_is_encoded_may_be_long),
		cmocka_unit_test(test_a_picture_may_have_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
