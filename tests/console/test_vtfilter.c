// SPDX-License-Identifier: GPL-2.0-only
/* An operator's terminal is asked nothing, set to nothing, and left as it was. */
#include "cmocka_all.h"

#include <locale.h>

#include "vt/vtfilter.h"

static struct vtfilter filter;

/* In pieces of @piece bytes; returns what is shown. */
static const char *show(const char *text, size_t piece)
{
	static char out[VTFILTER_ROOM(8192)];
	size_t len = strlen(text);
	size_t n = 0;

	for (size_t i = 0; i < len; i += piece) {
		size_t now = len - i < piece ? len - i : piece;
		size_t got = vtfilter_bytes(&filter, text + i, now, out + n);

		assert_true(got <= VTFILTER_ROOM(now));
		n += got;
	}
	out[n] = '\0';
	return out;
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
#define LONGER LONG LONG LONG

static const struct {
	const char *in;
	const char *out;
} cases[] = {
	{ "login: \r\n\t\b", "login: \r\n\t\b" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	/* Questions. */
	{ "a\033[6nb\033[?6nc\033[5nd\033[>4;1ne", "abcde" },
	{ "a\033[cb\033[0cc\033[>cd\033[=ce\033Zf", "abcdef" },
	{ "a\x05"
	  "b",
	  "ab" },
	{ "a\033[18tb\033[8;24;80tc\033[21td", "abcd" },
	{ "a\033[?2026$pb\033[4$pc\033[>qd\033[?u"
	  "e\033[?1;1;0Sf\033[xg",
	  "abcdefg" },
	{ "a\033[?4mb\033[1;2*yc\033['|d\033[1;1;1;1;1;1*yf\033[2$wg", "abcdfg" },
	{ "a\033]10;?\ab\033]4;1;?\033\\c", "abc" },
	{ "a\033P$qm\033\\b\033P+q544e\033\\c\033_Gi=1,a=q;AAAA\033\\d", "abcd" },
	/* What sets or stays. */
	{ "a\033]0;title\ab\033]52;c;aGVsbG8=\ac\033]52;c;" LONGER "\ad", "abcd" },
	{ "a\033]8;;http://x/\033\\b\033]7;file://x/\ac\033]104\033\\d", "abcd" },
	{ "a\033[?25lb\033[?1049hc\033[?1000;1006hd\033[?2004he\033[?1;5;7lf", "abcdef" },
	{ "a\033=b\033>c\033[20hd\033[2le\033[12hf", "abcdef" },
	{ "a\033[5 qb\033[>4;2mc\033[>1ud\033[=5;1ue\033[<uf\033[1\"qg", "abcdefg" },
	{ "a\033Hb\033[gc\033[3gd\033#8e\033#3f\033lg\033 Gh\033%Gi", "abcdefghi" },
	{ "a\033[3Jb\033[22Jc\033[1;2sd\033[1;1;1;1;1Te\033[4ipf", "abcdepf" },
	{ "a\033[10;12mb\033[38;5mc", "abc" },
	{ "a\xc2\x9b"
	  "6nb\x9b"
	  "6nc\xc2\x9d"
	  "0;t\ad",
	  "a\xef\xbf\xbd"
	  "6nb\xef\xbf\xbd"
	  "6nc\xef\xbf\xbd"
	  "0;t\ad" },
	{ "a\001\002\003\006\016\017\020\021\023\177b", "ab" },
	{ "a\xe2\x80\xae"
	  "b\xe2\x81\xa6"
	  "c",
	  "abc" },
	/* What shows. */
	{ "\033[A\033[2;3H\033[K\033[2J\033[;5f\033[10G\033[3@\033[4P\033[L\033[2M\033[X",
	  "\033[A\033[2;3H\033[K\033[2J\033[;5f\033[10G\033[3@\033[4P\033[L\033[2M\033[X" },
	{ "\033D\033E\033M\033[2S\033[T\033[3b\033[2;10r",
	  "\033D\033E\033M\033[2S\033[T\033[3b\033[2;10r" },
	{ "\033[?J\033[?1K", "\033[J\033[1K" },
	{ "a\fb", "a\vb" },
	{ "\033[1;31mr\033[0;1;31mr\033[mn", "\033[0;1;31mrr\033[0mn" },
	{ "\033[38;5;196;48:2::1:2:3;4:3;93mx", "\033[0;4;93;48;2;1;2;3mx" },
	{ "\033[38;5;200mx\033[58;5;1my", "\033[0;38;5;200mxy" },
	/* The cursor that was saved is the guest's own, or none. */
	{ "a\0338b\033[uc", "abc" },
	{ "\0337a\0338b\033[sc\033[u", "\0337a\0338b\0337c\0338" },
	/* Character sets and insert mode are shown without. */
	{ "\033(0\0337\033(Bq\0338q", "\0337q\0338\xe2\x94\x80" },
	{ "\033*0\033Nqq\033(A#\033(U#", "\xe2\x94\x80q\xc2\xa3#" },
	{ "\033(0lqk\033(Blqk", "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90lqk" },
	{ "\033)0\016x\017x", "\xe2\x94\x82x" },
	{ "\033[4hab\033[4lc", "\033[@a\033[@bc" },
	{ "\033[4h\033[31m\033(0\033cx", "\033[0;31m\033[0m\033[H\033[Jx" },
	{ "\033[2;5r\033[1m\033[!px", "\033[2;5r\033[0;1m\0337\033[r\0338\033[0mx" },
	/* Broken, cut off, and without an end. */
	{ "a\033[6\033[31mb", "a\033[0;31mb" },
	{ "a\033[6\nnb", "a\nnb" },
	{ "a\033P1;2|\nb", "a\nb" },
	{ "a\033[" LONGER "mb", "ab" },
	{ "a\033\xe2\x80\xa6"
	  "b",
	  "a\xe2\x80\xa6"
	  "b" },
	{ "\xc3\033[m\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
};

static void test_only_what_shows_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			vtfilter_init(&filter, (locale_t)0);
			assert_string_equal(show(cases[i].in, piece), cases[i].out);
		}
	}
}

static void test_bells_ring_unless_it_is_quiet(void **state)
{
	(void)state;
	vtfilter_init(&filter, (locale_t)0);
	assert_string_equal(show("a\ab", 3), "a\ab");
	filter.quiet = true;
	assert_string_equal(show("a\ab", 3), "ab");
}

static const struct {
	const char *in;
	const char *undo;
} changes[] = {
	{ "plain text\r\n", "" },
	{ "\033[?25l\033]0;half a title", "" },
	{ "\033[31mred", "\033[0m" },
	/* It may have been cut off on its way. */
	{ "\033[31mred\033[0m\033[5G", "\033[0m" },
	{ "\033[2;10r", "\033[0m\0337\033[r\0338" },
	{ "\033[2;10r\033[r", "\033[0m\0337\033[r\0338" },
	/* What is saved is the guest's no more: neither where it was nor its attributes. */
	{ "\033[31;8m\0337\033[0m", "\033[0m\0337" },
	{ "\033[31m\033[s\033[u\0338", "\033[0m\0337" },
	{ "\033[2;10r\033[31m\0337", "\033[0m\0337\033[r\0338" },
};

static void test_what_was_changed_is_undone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(changes); i++) {
		vtfilter_init(&filter, (locale_t)0);
		show(changes[i].in, 3);
		assert_string_equal(vtfilter_undo(&filter), changes[i].undo);
	}
	/* What comes behind it has its colours, and is undone as well. */
	vtfilter_init(&filter, (locale_t)0);
	show("\033[31mred", 9);
	vtfilter_undo(&filter);
	assert_string_equal(show("\033[31mred", 9), "\033[0;31mred");
	assert_string_equal(vtfilter_undo(&filter), "\033[0m");
}

static void test_it_is_told_which_keys_the_guest_wants(void **state)
{
	(void)state;
	vtfilter_init(&filter, (locale_t)0);
	show("\033[?25;1h", 9);
	assert_true(filter.cursor_keys);
	show("\033[!p", 9);
	assert_false(filter.cursor_keys);
}

/* Without UTF-8: what there is of it, and no byte that may be a control. */
static void test_other_locales_get_what_they_can_show(void **state)
{
	static const char text[] =
		"\xc3\xa4|\xe2\x82\xac|\xd0\x9b|\xe2\x94\x80\xe2\x94\x82\xe2\x94\x8c|"
		"\xe4\xb8\x80|\xc2\x9b|\xcc\x81|\033(0x";
	locale_t locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);

	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	vtfilter_init(&filter, locale);
	assert_string_equal(show(text, 5), "?|?|?|-|+|??|?|||");
	freelocale(locale);
	locale = newlocale(LC_CTYPE_MASK, "en_US.ISO-8859-1", (locale_t)0);
	if (!locale)
		return;
	vtfilter_init(&filter, locale);
	assert_string_equal(show(text, 5), "\xe4|?|?|-|+|??|?|||");
	freelocale(locale);
}

/* Anything may come: the sanitizers watch, the output stays in its bounds. */
static void test_any_bytes_are_survived(void **state)
{
	static const char likely[] = "\033\033\033[]P_^X?>=$'0;123456789nctqpmhlrJ\a\\\030(";
	unsigned char in[512];
	unsigned char *out;
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)(rand_r(&seed) % (int)sizeof(in)) + 1;

		if (round % 50 == 0)
			vtfilter_init(&filter, (locale_t)0);
		for (size_t i = 0; i < len; i++)
			in[i] = rand_r(&seed) % 4
					? (unsigned char)
						  likely[rand_r(&seed) % (int)(sizeof(likely) - 1)]
					: (unsigned char)rand_r(&seed);
		out = malloc(VTFILTER_ROOM(len));
		assert_true(vtfilter_bytes(&filter, in, len, out) <= VTFILTER_ROOM(len));
		free(out);
	}
}

#define LONGEST "\033[1;2;3;4;5;7;8;9;38;2;255;255;255;48;2;255;255;255m"

/* Each of few bytes, of which much is made; behind attributes that take the most. */
static void test_there_is_room_for_whatever_is_short(void **state)
{
	static const char *const likely[] = { "\0338",	"\033[u",	   "\0337\0338",
					      "\033[m", "\033[1m",	   "\033[!p",
					      "\033c",	"\033[22m\033[1m", "\033[7m\033[27m",
					      "q",	"\033[4h\033(0q" };
	char in[8192];

	(void)state;
	for (size_t i = 0; i < ROWS(likely); i++) {
		size_t len = strlen(LONGEST "\0337\033[2;4r");
		size_t whole;
		size_t parts = 0;
		char *out = malloc(VTFILTER_ROOM(sizeof(in)));

		memcpy(in, LONGEST "\0337\033[2;4r", len);
		for (; len + strlen(likely[i]) < sizeof(in); len += strlen(likely[i]))
			memcpy(in + len, likely[i], strlen(likely[i]));
		vtfilter_init(&filter, (locale_t)0);
		whole = vtfilter_bytes(&filter, in, len, out);
		assert_in_range(whole, 1, VTFILTER_ROOM(len) - 1);
		/* Byte by byte there is room for each. */
		vtfilter_init(&filter, (locale_t)0);
		for (size_t at = 0; at < len; at++)
			parts += vtfilter_bytes(&filter, in + at, 1, out);
		assert_int_equal(whole, parts);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_shows_passes),
		cmocka_unit_test(test_bells_ring_unless_it_is_quiet),
		cmocka_unit_test(test_what_was_changed_is_undone),
		cmocka_unit_test(test_it_is_told_which_keys_the_guest_wants),
		cmocka_unit_test(test_other_locales_get_what_they_can_show),
		cmocka_unit_test(test_any_bytes_are_survived),
		cmocka_unit_test(test_there_is_room_for_whatever_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
