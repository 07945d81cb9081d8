// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "guests/groups.h"

static void test_names_with_numbers_have_a_stem(void **state)
{
	static const struct {
		const char *name;
		const char *stem;
	} names[] = {
		{ "web1", "web" },     { "web12", "web" },		   { "db-3", "db" },
		{ "a.b_7", "a.b" },    { "rack2-node7-a", "rack2-node" }, { "router", "router" },
		{ "4711", "4711" },    { "-1", "-1" },			   { "", "" },
		{ "web1-prod", "web" },
	};
	char stem[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(group_stem(names[i].name, stem, sizeof(stem)), names[i].stem);
	assert_string_equal(group_stem("longer than that 1", stem, 7), "longer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_with_numbers_have_a_stem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
