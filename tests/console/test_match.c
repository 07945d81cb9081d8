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

/* Of two users; and one who calls guests as those of another are called. */
static const struct source_facts owned[] = {
	{ .id = 0, .live = false, .host = "h", .user = "anna", .uid = 1000, .name = "web1" },
	{ .id = 1, .live = true, .host = "h", .user = "bob", .uid = 1001, .name = "web1" },
	{ .id = 2, .live = true, .host = "h", .user = "anna", .uid = 1000, .name = "web2" },
	{ .id = 3, .live = true, .host = "h", .user = "bob", .uid = 1001, .name = "web2@anna" },
	{ .id = 4, .live = true, .host = "h", .user = "c@d.org", .uid = 1002, .name = "a@b" },
	{ .id = 5, .live = false, .host = "h", .user = "bob", .uid = 1001, .name = "web1" },
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

/* A name that several have means no more one of them because it lives alone. */
static const struct {
	const char *spec;
	enum match_lives lives;
	const char *ids;
} owned_rows[] = {
	{ "web1", MATCH_LIVE, "01" },	     { "web1", MATCH_DEAD, "05" },
	{ "web1", MATCH_BOTH, "015" },	     { "web1@anna", MATCH_LIVE, "0" },
	{ "web1@bob", MATCH_LIVE, "1" },     { "web1@bob", MATCH_DEAD, "5" },
	{ "web1@1001", MATCH_LIVE, "1" },    { "h/web1@1000", MATCH_LIVE, "0" },
	{ "web1@carl", MATCH_LIVE, "" },     { "web1@", MATCH_LIVE, "" },
	{ "web2@anna", MATCH_LIVE, "2" },    { "name:web2@anna", MATCH_LIVE, "3" },
	{ "web2@anna@bob", MATCH_LIVE, "3" }, { "a@b@c@d.org", MATCH_LIVE, "4" },
	{ "a@b", MATCH_LIVE, "" },	     { "name:a@b", MATCH_LIVE, "4" },
	{ "web*@anna", MATCH_LIVE, "2" },    { "web*", MATCH_LIVE, "123" },
	{ "*@1001", MATCH_BOTH, "135" },     { "*@bob", MATCH_DEAD, "5" },
};

static void check(const char *spec, const struct source_facts *all, size_t count,
		  enum match_lives lives, const char *wanted)
{
	size_t found[16];
	char ids[16] = "";
	struct match match;
	size_t n;

	assert_int_equal(match_parse(spec, &match), wanted != NULL);
	if (!wanted)
		return;
	n = match_find(&match, all, count, lives, found);
	for (size_t k = 0; k < n; k++) {
		assert_true(found[k] < count);
		ids[k] = (char)('0' + all[found[k]].id);
	}
	assert_string_equal(ids, wanted);
}

static void test_each_form_means_the_right_guests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(rows[i].spec, guests, ROWS(guests), rows[i].live ? MATCH_LIVE : MATCH_DEAD,
		      rows[i].ids);
}

static void test_guests_of_several_owners_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(owned_rows); i++)
		check(owned_rows[i].spec, owned, ROWS(owned), owned_rows[i].lives,
		      owned_rows[i].ids);
}

static void test_there_may_be_no_guests(void **state)
{
	struct match match;
	size_t found[1];

	(void)state;
	assert_true(match_parse("*", &match));
	assert_int_equal(match_find(&match, NULL, 0, MATCH_LIVE, found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form_means_the_right_guests),
		cmocka_unit_test(test_guests_of_several_owners_are_told_apart),
		cmocka_unit_test(test_there_may_be_no_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
