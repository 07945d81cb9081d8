// SPDX-License-Identifier: GPL-2.0-only
/* Which guest an operator means. */
#include "cmocka_all.h"

#include "guests/match.h"

static const struct source_facts guests[] = {
	{ .id = 0, .live = false, .pid = 0, .name = "web1" },
	{ .id = 1, .live = true, .pid = 100, .name = "web1" },
	{ .id = 2, .live = true, .pid = 101, .name = "web2" },
	{ .id = 3, .live = false, .pid = 0, .name = "db" },
	{ .id = 4, .live = false, .pid = 0, .name = "db" },
	{ .id = 5, .live = true, .pid = 102, .name = "7" },
	{ .id = 7, .live = true, .pid = 103, .name = "web[1]" },
	{ .id = 8, .live = true, .pid = 103, .name = "" },
};

static const struct {
	const char *spec;
	bool live;
	const char *ids; /* one digit each; NULL: no guest can be meant */
} rows[] = {
	{ "1", true, "1" },	   { "7", true, "7" },	      { "name:7", true, "5" },
	{ "6", true, "" },	   { "00001", true, "1" },    { "4294967296", true, NULL },
	{ "web1", true, "1" },	   { "web1", false, "0" },    { "web2", false, "2" },
	{ "web", true, "" },	   { "db", true, "34" },      { "web*", true, "127" },
	{ "web*", false, "0" },	   { "web[1]", true, "7" },   { "web[12]", true, "12" },
	{ "d*", true, "34" },	   { "name:web*", true, "" }, { "pid:101", true, "2" },
	{ "pid:103", true, "78" }, { "pid:99", true, "" },    { "pid:0", true, NULL },
	{ "pid:x", true, NULL },   { "pid:", true, NULL },    { "name:", true, NULL },
	{ "", true, NULL },
};

static void test_each_form_means_the_right_guests(void **state)
{
	size_t found[ROWS(guests)];
	struct match match;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char ids[16] = "";
		size_t n;

		assert_int_equal(match_parse(rows[i].spec, &match), rows[i].ids != NULL);
		if (!rows[i].ids)
			continue;
		n = match_find(&match, guests, ROWS(guests), rows[i].live, found);
		for (size_t k = 0; k < n; k++) {
			assert_true(found[k] < ROWS(guests));
			ids[k] = (char)('0' + guests[found[k]].id);
		}
		assert_string_equal(ids, rows[i].ids);
	}
}

static void test_there_may_be_no_guests(void **state)
{
	struct match match;
	size_t found[1];

	(void)state;
	assert_true(match_parse("*", &match));
	assert_int_equal(match_find(&match, NULL, 0, true, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form_means_the_right_guests),
		cmocka_unit_test(test_there_may_be_no_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
