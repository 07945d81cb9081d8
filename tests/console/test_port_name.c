// SPDX-License-Identifier: GPL-2.0-only
/* Names of ports: what may be one, and what is made of others; and what nodes are called. */
#include "cmocka_all.h"

#include "source/port_name.h"

static void test_port_names_are_made_valid(void **state)
{
	char name[8];

	(void)state;
	port_name_make(name, sizeof(name), "a/b\n\xc3\x7f\x1b[2J");
	assert_string_equal(name, "a_b____");
	assert_true(port_name_ok(name, sizeof(name)));
	assert_true(port_name_ok("a b~", sizeof(name)));
	assert_true(port_name_ok("1234567", sizeof(name)));
	assert_false(port_name_ok("12345678", sizeof(name)));
	assert_false(port_name_ok("a/b", sizeof(name)));
	assert_false(port_name_ok("a\tb", sizeof(name)));
	assert_false(port_name_ok("\xc3", sizeof(name)));
}

static void test_nodes_are_called_by_numbers(void **state)
{
	static const char *const others[] = { "",   "control", "-1", "+1",
					      " 1", "1 ",      "1a", "4294967296" };
	uint32_t id = 7;

	(void)state;
	for (size_t i = 0; i < ROWS(others); i++)
		assert_false(port_name_number(others[i], &id));
	assert_int_equal(id, 7);
	assert_true(port_name_number("0", &id));
	assert_int_equal(id, 0);
	assert_true(port_name_number("4294967295", &id));
	assert_int_equal(id, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_names_are_made_valid),
		cmocka_unit_test(test_nodes_are_called_by_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
