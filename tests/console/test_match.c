// SPDX-License-Identifier: GPL-2.0-only
/* Which guest an operator means. */
#include "cmocka_all.h"

#include <fnmatch.h>
#include <locale.h>
#include <time.h>

#include "base/glob.h"
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
	{ "web1", MATCH_LIVE, "01" },
	{ "web1", MATCH_DEAD, "05" },
	{ "web1", MATCH_BOTH, "015" },
	{ "web1@anna", MATCH_LIVE, "0" },
	{ "web1@bob", MATCH_LIVE, "1" },
	{ "web1@bob", MATCH_DEAD, "5" },
	{ "web1@1001", MATCH_LIVE, "1" },
	{ "h/web1@1000", MATCH_LIVE, "0" },
	{ "web1@carl", MATCH_LIVE, "" },
	{ "web1@", MATCH_LIVE, "" },
	{ "web2@anna", MATCH_LIVE, "2" },
	{ "name:web2@anna", MATCH_LIVE, "3" },
	{ "web2@anna@bob", MATCH_LIVE, "3" },
	{ "a@b@c@d.org", MATCH_LIVE, "4" },
	{ "a@b", MATCH_LIVE, "" },
	{ "name:a@b", MATCH_LIVE, "4" },
	{ "web*@anna", MATCH_LIVE, "2" },
	{ "web*", MATCH_LIVE, "123" },
	{ "*@1001", MATCH_BOTH, "135" },
	{ "*@bob", MATCH_DEAD, "5" },
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

/* Long enough that it is not fnmatch(3) that is asked. */
#define LONG 300

static bool matches_long(const char *pattern, const char *end, bool *wanted)
{
	char text[LONG + 64];
	char whole[256];

	memset(text, 'x', LONG);
	snprintf(text + LONG, sizeof(text) - LONG, "%s", end);
	snprintf(whole, sizeof(whole), "xxx*x%s", pattern);
	if (wanted)
		*wanted = !fnmatch(whole, text, 0);
	return glob_matches(whole, text);
}

static void test_long_texts_match_as_short_ones_do(void **state)
{
	static const char *const parts[] = { "a",    "b",	    "*",    "?",     "[ab]",
					     "[!a]", "[a-",	    "]",    "[",     "\\",
					     "-",    "[[:alpha:]]", "[]a]", "[^]b]", "x",
					     "\\*",  "[a-c]",	    "\\[",  "[\\]]" };
	static const char *const chars[] = { "a", "b", "*", "?", "[", "]", "\\", "c", "-", "x" };
	unsigned int random = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char pattern[64] = "";
		char end[16] = "";
		bool wanted;

		for (int i = 0; i < 6; i++) {
			random = random * 1103515245 + 12345;
			strcat(pattern, parts[(random >> 16) % ROWS(parts)]);
			if (i < (round & 7))
				strcat(end, chars[(random >> 20) % ROWS(chars)]);
		}
		if (matches_long(pattern, end, &wanted) != wanted)
			fail_msg("'%s' and '%s': fnmatch(3) says %d", pattern, end, wanted);
	}
}

static void test_characters_are_whole_in_long_texts(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	assert_true(matches_long("?b",
				 "\xc3\xa4"
				 "b",
				 NULL));
	assert_false(matches_long("[\xc3\xa4-\xc3\xbc]?", "\xc3\xb6", NULL));
	assert_true(matches_long("[\xc3\xa4-\xc3\xbc]b",
				 "\xc3\xb6"
				 "b",
				 NULL));
	assert_true(matches_long("\xc3\xb6?", "\xc3\xb6\xff", NULL));
	assert_true(matches_long("*", "\xff", NULL));
	setlocale(LC_CTYPE, "C");
}

static double seconds_of(const char *pattern, const char *text)
{
	clock_t begun = clock();

	assert_false(glob_matches(pattern, text));
	return (double)(clock() - begun) / CLOCKS_PER_SEC;
}

static void test_no_text_makes_a_pattern_slow(void **state)
{
	static const char *const hard[] = {
		"*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*",
		"*?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?ab*",
		"*a*a*a*a*[!b][a-z][a-z][a-z][a-z][a-z]b",
	};
	const size_t size = 4 << 20;
	char *text = malloc(size + 1);
	double easy;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', size);
	text[size] = '\0';
	easy = seconds_of("*b*", text);
	for (size_t i = 0; i < ROWS(hard); i++) {
		double took = seconds_of(hard[i], text);

		if (took > 8 * easy + 0.01)
			fail_msg("%s took %f s, *b* %f s", hard[i], took, easy);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_form_means_the_right_guests),
		cmocka_unit_test(test_guests_of_several_owners_are_told_apart),
		cmocka_unit_test(test_there_may_be_no_guests),
		cmocka_unit_test(test_long_texts_match_as_short_ones_do),
		cmocka_unit_test(test_characters_are_whole_in_long_texts),
		cmocka_unit_test(test_no_text_makes_a_pattern_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
