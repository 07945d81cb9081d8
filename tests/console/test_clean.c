// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "text/clean.h"

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *in;
	const char *out;
} cases[] = {
	{ "plain\ttext\n", "plain\ttext\n" },
	{ "dos\r\nunix\nmac\rx", "dos\nunix\nmac\nx" },
	{ "a\r\r\nb\n\n", "a\nb\n\n" },
	{ "10%\r20%\r\n", "10%\n20%\n" },
	{ "\033[1;31mred\033[m", "red" },
	{ "\033[?1049h\033[2J\033[H# ", "# " },
	{ "\033]0;title\007a\033]0;b\033\\c", "ac" },
	{ "\033Pq#0\033\\x\033(By\0337z", "xyz" },
	{ "\033]never ends\nline", "\nline" },
	{ "\033[1\030x\033\033[my", "xy" },
	{ "b\bs\177\001\a", "bs" },
	{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac" },
	{ "\xff\xc3(\xe2\x82x", BAD BAD "(" BAD BAD "x" },
	{ "\xc2\x9b" "1m\xe2\x80\xae" "evil", "1mevil" },
	{ "\xc3\033[m\xbc", BAD BAD },
};

static void test_what_drives_a_terminal_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct clean clean = { 0 };
		unsigned char out[CLEAN_ROOM(64)];
		size_t n;

		n = clean_bytes(&clean, (const unsigned char *)cases[i].in, strlen(cases[i].in),
				out);
		out[n] = '\0';
		assert_string_equal((char *)out, cases[i].out);
	}
}

static void test_bytes_come_as_they_like(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct clean clean = { 0 };
		unsigned char out[CLEAN_ROOM(64)];
		size_t n = 0;

		for (const char *in = cases[i].in; *in; in++)
			n += clean_bytes(&clean, (const unsigned char *)in, 1, out + n);
		out[n] = '\0';
		assert_string_equal((char *)out, cases[i].out);
	}
}

static void test_a_string_without_an_end_hides_little(void **state)
{
	static unsigned char in[CLEAN_STRING_MAX + 100];
	static unsigned char out[CLEAN_ROOM(sizeof(in))];
	struct clean clean = { 0 };

	(void)state;
	memset(in, 'x', sizeof(in));
	memcpy(in, "\033]", 2);
	assert_int_equal(clean_bytes(&clean, in, sizeof(in), out), 98);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_drives_a_terminal_is_left_out),
		cmocka_unit_test(test_bytes_come_as_they_like),
		cmocka_unit_test(test_a_string_without_an_end_hides_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
