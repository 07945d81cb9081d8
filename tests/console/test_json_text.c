// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "base/json_text.h"
#include "base/utf8.h"

#define BAD "\xef\xbf\xbd"

static void test_any_bytes_become_utf8(void **state)
{
	static const struct {
		const char *bytes;
		const char *text;
	} cases[] = {
		{ "", "" },
		{ "login: ", "login: " },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" },
		{ "\xff\x80x", BAD BAD "x" },
		{ "\xc3", BAD },
		{ "\xe2\x82", BAD BAD },
		{ "\xc0\xaf", BAD BAD },		 /* overlong */
		{ "\xe0\x80\xaf", BAD BAD BAD },	 /* overlong */
		{ "\xed\xa0\x80", BAD BAD BAD },	 /* a surrogate */
		{ "\xf4\x90\x80\x80", BAD BAD BAD BAD }, /* beyond Unicode */
		{ "\xc3(", BAD "(" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		json_t *json = json_text(cases[i].bytes, strlen(cases[i].bytes));

		assert_non_null(json);
		assert_string_equal(json_string_value(json), cases[i].text);
		json_decref(json);
	}
}

static void test_a_nul_is_kept(void **state)
{
	json_t *json = json_text("a\0b", 3);

	(void)state;
	assert_int_equal(json_string_length(json), 3);
	json_decref(json);
}

static void test_a_character_may_be_cut(void **state)
{
	(void)state;
	assert_int_equal(utf8_check((const unsigned char *)"\xe2\x82\xac", 3), 3);
	assert_int_equal(utf8_check((const unsigned char *)"\xe2\x82", 2), -1);
	assert_int_equal(utf8_check((const unsigned char *)"\xe2(", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_bytes_become_utf8),
		cmocka_unit_test(test_a_nul_is_kept),
		cmocka_unit_test(test_a_character_may_be_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
