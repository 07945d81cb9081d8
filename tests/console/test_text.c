// SPDX-License-Identifier: GPL-2.0-only
/* Escapes of C are read, and names cannot drive a terminal. */
#include "cmocka_all.h"

#include "base/msg.h"
#include "base/unescape.h"

static void test_escapes_are_replaced(void **state)
{
	static const struct {
		const char *text;
		const char *bytes;
		size_t len;
	} good[] = {
		{ "plain", "plain", 5 },
		{ "a\\nb", "a\nb", 3 },
		{ "\\a\\b\\e\\f\\n\\r\\t\\v", "\a\b\033\f\n\r\t\v", 8 },
		{ "\\\\n\\\"\\'", "\\n\"'", 4 },
		{ "\\x1b[A", "\033[A", 3 },
		{ "\\x414", "A4", 2 },
		{ "\\0", "\0", 1 },
		{ "\\0334", "\0334", 2 },
		{ "\\377\\xff", "\xff\xff", 2 },
		{ "\\?", "?", 1 },
		{ "caf\\u00e9s", "caf\xc3\xa9s", 6 },
		{ "\\u20AC0\\U0001f600\\U0010FFFF",
		  "\xe2\x82\xac"
		  "0\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
		  12 },
		{ "\\u0000", "\0", 1 },
		{ "", "", 0 },
	};
	static const char *const bad[] = { "\\",	  "a\\",	"\\q",	   "\\x",
					   "\\xg",	  "\\8",	"\\400",   "\\u123",
					   "\\u12g4",	  "\\ud800",	"\\udfff", "\\U0000123",
					   "\\U00110000", "\\Uffffffff" };
	char text[64];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		snprintf(text, sizeof(text), "%s", good[i].text);
		assert_true(unescape(text, &len));
		assert_int_equal(len, good[i].len);
		assert_memory_equal(text, good[i].bytes, len);
	}
	for (size_t i = 0; i < ROWS(bad); i++) {
		snprintf(text, sizeof(text), "%s", bad[i]);
		assert_false(unescape(text, &len));
	}
}

static void test_messages_are_printable(void **state)
{
	char out[64];
	char small[7];

	(void)state;
	msg_clean(out, sizeof(out), "web1 ~");
	assert_string_equal(out, "web1 ~");
	msg_clean(out, sizeof(out), "\033[2J\n\x7f\x9b");
	assert_string_equal(out, "\\x1b[2J\\x0a\\x7f\\x9b");
	/* Never half of an escape. */
	msg_clean(small, sizeof(small), "abc\n");
	assert_string_equal(small, "abc");
	msg_clean(small, sizeof(small), "ab\n");
	assert_string_equal(small, "ab\\x0a");
	msg_clean(small, sizeof(small), "abcdefgh");
	assert_string_equal(small, "abcdef");
	msg_clean(small, 1, "abc");
	assert_string_equal(small, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes_are_replaced),
		cmocka_unit_test(test_messages_are_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
