// SPDX-License-Identifier: GPL-2.0-only
/* Numbers: nothing but a number in its range is taken. */
#include "cmocka_all.h"

#include "base/human.h"

static void test_numbers_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "33", 33 },
		{ "010", 10 },
		{ "0x9000000", 0x9000000 },
		{ "0XfF", 255 },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
	};
	static const char *const bad[] = {
		"",
		" 1",
		"1 ",
		"+1",
		"-1",
		"0x",
		"1k",
		"a",
		"1.5",
		"18446744073709551616",
		"0x10000000000000000",
		"99999999999999999999",
	};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		assert_true(human_parse(good[i].text, 0, UINT64_MAX, &value));
		assert_int_equal(value, good[i].value);
	}
	value = 7;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_false(human_parse(bad[i], 0, UINT64_MAX, &value));
		assert_int_equal(value, 7);
	}
	assert_false(human_parse("31", 32, 1019, &value));
	assert_true(human_parse("32", 32, 1019, &value));
	assert_true(human_parse("1019", 32, 1019, &value));
	assert_false(human_parse("1020", 32, 1019, &value));
}

static void test_digits_have_no_sign_and_no_blank(void **state)
{
	static const char *const bad[] = { "", "+1", "-1", " 1", "x" };
	const char *text = "0123x";
	uint64_t value;

	(void)state;
	assert_true(human_digits(&text, 3, &value));
	assert_int_equal(value, 12);
	assert_string_equal(text, "3x");
	assert_true(human_digits(&text, 3, &value));
	assert_int_equal(value, 3);
	assert_string_equal(text, "x");
	for (size_t i = 0; i < ROWS(bad); i++) {
		text = bad[i];
		assert_false(human_digits(&text, 4, &value));
		assert_ptr_equal(text, bad[i]);
	}
	assert_int_equal(value, 3);
}

static void test_sizes_take_a_unit(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(human_parse_size("64k", 0, UINT64_MAX, &value));
	assert_int_equal(value, 65536);
	assert_true(human_parse_size("1M", 0, UINT64_MAX, &value));
	assert_int_equal(value, 1048576);
	assert_true(human_parse_size("4096", 4096, 4096, &value));
	assert_false(human_parse_size("k", 0, UINT64_MAX, &value));
	assert_false(human_parse_size("64kk", 0, UINT64_MAX, &value));
	assert_false(human_parse_size("64kB", 0, UINT64_MAX, &value));
	assert_true(human_parse_size("2G", 0, UINT64_MAX, &value));
	assert_int_equal(value, 2ull << 30);
	assert_true(human_parse_size("1t", 0, UINT64_MAX, &value));
	assert_int_equal(value, 1ull << 40);
	assert_false(human_parse_size("1x", 0, UINT64_MAX, &value));
	assert_false(human_parse_size("99999999T", 0, UINT64_MAX, &value));
	assert_false(human_parse_size("18446744073709551615k", 0, UINT64_MAX, &value));
	assert_false(human_parse_size("17M", 0, 16777216, &value));
}

static void test_seconds_take_a_fraction(void **state)
{
	static const char *const bad[] = { "",	    "0",  "0.0", "-1",	".5",	       "1.",
					   "1.5.5", "1s", "0x1", "1e3", "999999999999" };
	uint64_t ms;

	(void)state;
	assert_true(human_parse_seconds("2", &ms));
	assert_int_equal(ms, 2000);
	assert_true(human_parse_seconds("1.5", &ms));
	assert_int_equal(ms, 1500);
	assert_true(human_parse_seconds("0.001", &ms));
	assert_int_equal(ms, 1);
	assert_true(human_parse_seconds("1.2345678", &ms));
	assert_int_equal(ms, 1234);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(human_parse_seconds(bad[i], &ms));
}

static void test_bytes_are_short(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1024, "1.0K" },
		{ 1536, "1.5K" },
		{ 65536, "64K" },
		{ 1023999, "999K" },
		{ 1048576, "1.0M" },
		{ 1ull << 31, "2.0G" },
		{ 1ull << 60, "1.0E" },
		{ UINT64_MAX, "15E" },
	};
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(human_bytes(rows[i].bytes, text), rows[i].text);
	for (int bit = 0; bit < 64; bit++)
		for (int d = -1; d < 2; d++)
			assert_true(strlen(human_bytes((1ull << bit) + (uint64_t)d, text)) < 6);
}

static void test_durations_have_two_units(void **state)
{
	const uint64_t s = 1000000000;
	char text[HUMAN_SIZE];

	(void)state;
	assert_string_equal(human_duration(0, text), "0s");
	assert_string_equal(human_duration(59 * s + s - 1, text), "59s");
	assert_string_equal(human_duration(725 * s, text), "12m05s");
	assert_string_equal(human_duration(11220 * s, text), "3h07m");
	assert_string_equal(human_duration((8 * 86400 + 4 * 3600) * s, text), "8d04h");
	assert_true(strlen(human_duration(UINT64_MAX, text)) < HUMAN_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_read_strictly),
		cmocka_unit_test(test_digits_have_no_sign_and_no_blank),
		cmocka_unit_test(test_sizes_take_a_unit),
		cmocka_unit_test(test_seconds_take_a_fraction),
		cmocka_unit_test(test_bytes_are_short),
		cmocka_unit_test(test_durations_have_two_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
