// SPDX-License-Identifier: GPL-2.0-only
/* Where a key ends in what a terminal sends, wherever that is cut. */
#include "cmocka_all.h"

#include <string.h>

#include "vt/keyseq.h"

static const struct {
	const char *bytes;
	size_t key;	  /* bytes of the first one */
	const char *text; /* NULL: not looked at */
} rows[] = {
	{ "ab", 1, "a" },
	{ "\xc3\xa9x", 2, "U+00E9" },
	{ "\xe2\x82\xacx", 3, "U+20AC" },
	{ "\xc3x", 1, "\\xc3" },
	{ "\xa9x", 1, "\\xa9" },
	{ "\033bx", 2, "Alt-b" },
	{ "\033\xc3\xa9x", 3, NULL },
	{ "\033\rx", 2, NULL },
	{ "\033[Ax", 3, "Esc [A" },
	{ "\033OAx", 3, "Esc OA" },
	{ "\033O5Ax", 4, NULL },
	{ "\033[27;5;13~x", 10, "Esc [27;5;13~" },
	{ "\033[<0;5;5Mx", 9, NULL },
	{ "\033[[Ax", 4, NULL },
	{ "\033[3\033", 3, NULL },
	{ "\033[3\x1dq", 3, NULL },
	{ "\033\033[Ax", 4, NULL },
	{ "\033\033x", 1, "Esc" },
	{ "\033\x1dq", 1, "Esc" },
	{ "\x1d\033", 1, NULL },
	{ "\033[?1;2cx", 7, NULL },
	{ "\033[200~x", 6, NULL },
	/* Alt with a key, as some send it. */
	{ "\033\033[5~x", 5, NULL },
	{ "\033\033[20~x", 6, NULL },
	{ "\033\033[[Ax", 5, NULL },
	{ "\033\033OAx", 4, NULL },
	/* Esc, and what is no key: a paste, the mouse, the focus, answers. */
	{ "\033\033[200~x", 1, "Esc" },
	{ "\033\033[201~x", 1, "Esc" },
	{ "\033\033\033[201~x", 1, "Esc" },
	{ "\033\033[<64;40;5Mx", 1, "Esc" },
	{ "\033\033[<0;40;5mx", 1, "Esc" },
	{ "\033\033[32;40;5Mx", 1, "Esc" },
	{ "\033\033[Ix", 1, "Esc" },
	{ "\033\033[Ox", 1, "Esc" },
	{ "\033\033[?1;2cx", 1, "Esc" },
	{ "\033\033[>0;1;2cx", 1, "Esc" },
	{ "\033\033[5;10Rx", 1, "Esc" },
	{ "\033\033[0nx", 1, "Esc" },
	{ "\033\033[8;24;80tx", 1, "Esc" },
	{ "\033\033[4;1$yx", 1, "Esc" },
	/* What a pasted text ends with takes nothing of its end. */
	{ "\033[\033[201~", 2, NULL },
	{ "\033O\033[201~", 2, NULL },
	{ "\033\033[\033[201~", 3, NULL },
	{ "\033\xc3\033[201~", 2, NULL },
};

static const struct keyseq seq = { .apart = 0x1d };

/* Whether the end of what is behind a first Esc may be missing. */
static bool is_begun(const unsigned char *bytes, size_t len, size_t cut)
{
	return bytes[0] == 0x1b && cut < keyseq_length(&seq, bytes, len, true);
}

static void test_a_key_is_taken_whole_wherever_it_is_cut(void **state)
{
	char text[KEYSEQ_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned char *bytes = (const unsigned char *)rows[i].bytes;
		size_t len = strlen(rows[i].bytes);

		for (size_t cut = 1; cut <= len; cut++) {
			size_t n = keyseq_length(&seq, bytes, cut, false);

			/* Some need more to be known: the Esc before what is no key all of that. */
			if (n ? n != rows[i].key
			      : cut > rows[i].key + 1 && !is_begun(bytes + 1, len - 1, cut - 1))
				fail_msg("%s: %zu of %zu bytes", rows[i].text, n, cut);
		}
		assert_int_equal(keyseq_length(&seq, bytes, len, false), rows[i].key);
		if (rows[i].text)
			assert_string_equal(keyseq_text(bytes, rows[i].key, text), rows[i].text);
	}
}

static void test_what_never_ends_is_taken_at_a_limit(void **state)
{
	unsigned char bytes[4 * KEYSEQ_MAX] = "\033[";
	size_t n;

	(void)state;
	memset(bytes + 2, '1', sizeof(bytes) - 2);
	for (size_t len = 1; len < sizeof(bytes); len++) {
		n = keyseq_length(&seq, bytes, len, false);
		assert_true(len < KEYSEQ_MAX ? !n : n == KEYSEQ_MAX);
		n = keyseq_length(&seq, bytes, len, true);
		assert_true(n == (len < KEYSEQ_MAX ? len : KEYSEQ_MAX));
	}
}

static void test_at_the_end_what_is_there_is_a_key(void **state)
{
	(void)state;
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033", 1, true), 1);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033\033", 2, true), 1);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033\033[", 3, true), 1);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033\033[<0;", 6, true), 1);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033[", 2, true), 2);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\033[<0;", 5, true), 5);
	assert_int_equal(keyseq_length(&seq, (const unsigned char *)"\xe2\x82", 2, true), 1);
}

static void test_three_bytes_of_the_mouse_are_none_of_the_end_of_a_paste(void **state)
{
	const struct keyseq mouse = { .apart = 0x1d, .x10 = true };

	(void)state;
	assert_int_equal(keyseq_length(&mouse, (const unsigned char *)"\033[M !!x", 7, false), 6);
	assert_int_equal(keyseq_length(&mouse, (const unsigned char *)"\033\033[M !!x", 8, false),
			 1);
	assert_int_equal(keyseq_length(&mouse, (const unsigned char *)"\033[M\033[201~", 9, false),
			 3);
	assert_int_equal(keyseq_length(&mouse, (const unsigned char *)"\033[M !", 5, false), 0);
}

/* Anything may come. */
static void test_any_bytes_are_cut_into_keys(void **state)
{
	static const char likely[] = "\033\033\033[[O;<0123M~\x1d\xc3\xa9";
	const struct keyseq mouse = { .apart = -1, .x10 = true };
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		size_t len = (size_t)(rand_r(&seed) % 40) + 1;
		unsigned char *bytes = malloc(len);
		size_t n;

		for (size_t i = 0; i < len; i++)
			bytes[i] =
				rand_r(&seed) % 4
					? (unsigned char)
						  likely[rand_r(&seed) % (int)(sizeof(likely) - 1)]
					: (unsigned char)rand_r(&seed);
		n = keyseq_length(&mouse, bytes, len, true);
		assert_true(n > 0 && n <= len);
		assert_true(keyseq_length(&seq, bytes, len, false) <= len);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_key_is_taken_whole_wherever_it_is_cut),
		cmocka_unit_test(test_what_never_ends_is_taken_at_a_limit),
		cmocka_unit_test(test_at_the_end_what_is_there_is_a_key),
		cmocka_unit_test(test_three_bytes_of_the_mouse_are_none_of_the_end_of_a_paste),
		cmocka_unit_test(test_any_bytes_are_cut_into_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
