// SPDX-License-Identifier: GPL-2.0-only
#include "alertbook_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* There is no memory for what was seen. */
static bool no_memory;

struct alertnews *__wrap_alertnews_new(size_t *after_all);
struct alertnews *__real_alertnews_new(size_t *after_all);
struct alertnews *__wrap_alertnews_new(size_t *after_all)
{
	return no_memory ? NULL : __real_alertnews_new(after_all);
}

static void test_the_same_is_told_once_in_a_while(void **state)
{
	static struct alertbook book;

	(void)state;
	alertbook_begin(&book);
	assert_true(see(&book, 1, "web1", "panic", 5));
	assert_int_equal(only(&book)->count, 1);
	assert_int_equal(only(&book)->run_count, 1);
	assert_int_equal(send_all(&book), 1);
	for (uint64_t now = 6; now < 10; now++)
		assert_false(see(&book, 1, "web1", "panic", now));
	assert_int_equal(pass(&book, 10), 5 + QUIET);
	assert_int_equal(pass(&book, 4 + QUIET), 5 + QUIET);
	assert_int_equal(send_all(&book), 0);
	/* Then that it was seen, and where first. */
	assert_int_equal(pass(&book, 5 + QUIET), 5 + 2 * QUIET);
	assert_int_equal(only(&book)->count, 4);
	assert_string_equal(only(&book)->news->match, "web1 at 6");
	assert_int_equal(send_all(&book), 1);
	/* And once more. */
	assert_false(see(&book, 1, "web1", "panic", 6 + QUIET));
	assert_int_equal(pass(&book, 5 + 2 * QUIET), 5 + 3 * QUIET);
	assert_int_equal(only(&book)->count, 1);
	assert_int_equal(send_all(&book), 1);
	/* But nothing of what was told already. */
	assert_int_equal(pass(&book, 5 + 3 * QUIET), UINT64_MAX);
	assert_null(alertbook_next(&book, NULL));
	assert_null(first_owner(&book));
	assert_true(see(&book, 1, "web1", "panic", 6 + 3 * QUIET));
	assert_int_equal(only(&book)->count, 1);
	alertbook_free(&book);
}

static void test_what_cannot_be_sent_is_not_forgotten(void **state)
{
	static struct alertbook book;

	(void)state;
	alertbook_begin(&book);
	assert_true(see(&book, 1, "web1", "panic", 0));
	/* However long the journal is away; what comes meanwhile is for later. */
	assert_false(see(&book, 1, "web1", "panic", 5 * QUIET));
	assert_int_equal(pass(&book, 6 * QUIET), UINT64_MAX);
	assert_string_equal(only(&book)->news->match, "web1 at 0");
	assert_int_equal(send_all(&book), 1);
	pass(&book, 6 * QUIET);
	assert_string_equal(only(&book)->news->match, "web1 at 5000");
	assert_int_equal(only(&book)->until, 7 * QUIET);
	assert_int_equal(send_all(&book), 1);
	alertbook_free(&book);
}

/* What was seen without memory is counted, and the next match is reported. */
static void test_a_match_without_memory_does_not_hide_the_next(void **state)
{
	static struct alertbook book;
	struct alertnews *news;

	(void)state;
	alertbook_begin(&book);
	assert_true(see(&book, 1, "web1", "panic", 0));
	assert_int_equal(send_all(&book), 1);
	no_memory = true;
	assert_int_equal(alertbook_seen(&book, 1, "web1", "panic", QUIET, true, 1, &news), -ENOMEM);
	assert_null(news);
	no_memory = false;
	assert_false(see(&book, 1, "web1", "panic", 2));
	assert_false(see(&book, 1, "web1", "panic", 3));
	pass(&book, QUIET);
	assert_int_equal(only(&book)->count, 3);
	assert_string_equal(only(&book)->news->match, "web1 at 2");
	assert_int_equal(send_all(&book), 1);
	alertbook_free(&book);
}

static void test_what_was_sent_stays_for_its_command(void **state)
{
	static struct alertbook book;
	struct alertbook_entry *entry;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "web1", "panic", 0);
	entry = only(&book);
	alertbook_sent(&book, entry);
	assert_non_null(entry->news);
	/* It runs for what came meanwhile as well, and keeps its place. */
	assert_false(see(&book, 1, "web1", "panic", 1));
	assert_false(see(&book, 1, "web1", "panic", 2));
	pass(&book, QUIET);
	assert_int_equal(entry->count, 2);
	assert_int_equal(entry->run_count, 3);
	alertbook_sent(&book, entry);
	alertbook_ran(&book, entry, QUIET, 0);
	assert_null(entry->news);
	alertbook_free(&book);
}

static void test_what_was_run_for_stays_for_the_journal(void **state)
{
	static struct alertbook book;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "web1", "panic", 0);
	alertbook_ran(&book, only(&book), 0, 0);
	assert_non_null(only(&book)->news);
	assert_int_equal(send_all(&book), 1);
	assert_null(only(&book)->news);
	alertbook_free(&book);
}

static void test_names_that_look_alike_are_several(void **state)
{
	static const struct {
		uid_t uid;
		const char *guest;
		const char *alert;
	} all[] = {
		{ 1, "web1", "panic" }, { 2, "web1", "panic" }, { 1, "web", "1panic" },
		{ 1, "web1", "oops" },	{ 1, "web1p", "anic" }, { 1, "", "web1panic" },
		{ 1, "web1panic", "" },
	};
	static struct alertbook book;

	(void)state;
	alertbook_begin(&book);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_true(see(&book, all[i].uid, all[i].guest, all[i].alert, 0));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_false(see(&book, all[i].uid, all[i].guest, all[i].alert, 1));
	assert_int_equal(count(&book), sizeof(all) / sizeof(all[0]));
	alertbook_free(&book);
	/* More owners than buckets. */
	for (uid_t uid = 0; uid < 3 * ALERTBOOK_BUCKETS; uid++)
		assert_true(see(&book, uid, "web1", "panic", 0));
	assert_int_equal(count(&book), 3 * ALERTBOOK_BUCKETS);
	alertbook_free(&book);
}

static bool after_some(void *arg)
{
	return !(++*(size_t *)arg % 100);
}

/* In parts, and not one of them is left out. */
static void test_a_pass_goes_on_where_it_was(void **state)
{
	static struct alertbook book;
	char name[SOURCE_NAME_SIZE];
	size_t asked = 0;
	size_t parts = 1;

	(void)state;
	alertbook_begin(&book);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "guest%d", i);
		see(&book, 1, name, "panic", 0);
		see(&book, 1, name, "panic", 1);
	}
	send_all(&book);
	while (alertbook_pass(&book, QUIET, after_some, &asked) == QUIET) {
		parts++;
		/* What comes meanwhile is not lost. */
		if (parts == 5)
			see(&book, 2, "new", "panic", QUIET);
	}
	assert_int_equal(parts, 3000 / 100 + 1);
	assert_int_equal(send_all(&book), 3001);
	assert_int_equal(pass(&book, QUIET + 1), 2 * QUIET);
	assert_int_equal(asked, 3000);
	assert_int_equal(pass(&book, 2 * QUIET), UINT64_MAX);
	assert_null(first_owner(&book));
	alertbook_free(&book);
}

static void test_a_thousand_guests_are_told_each(void **state)
{
	static struct alertbook book;
	char name[SOURCE_NAME_SIZE];

	(void)state;
	alertbook_begin(&book);
	for (int i = 0; i < 1000; i++) {
		/* As long as they can be. */
		snprintf(name, sizeof(name), "%0*d", SOURCE_NAME_SIZE - 1, i);
		assert_true(see(&book, 1000, name, "panic", 0));
		assert_false(see(&book, 1000, name, "panic", 1));
	}
	assert_int_equal(count(&book), 1000);
	assert_int_equal(send_all(&book), 1000);
	pass(&book, QUIET);
	assert_int_equal(send_all(&book), 1000);
	assert_int_equal(pass(&book, 2 * QUIET), UINT64_MAX);
	assert_null(alertbook_next(&book, NULL));
	assert_null(first_owner(&book));
}

static void test_guests_without_number_are_one_for_all(void **state)
{
	const int many = 3 * ALERTBOOK_OWNER_MAX;
	static struct alertbook book;
	struct alertbook_entry *entry = NULL;
	char name[SOURCE_NAME_SIZE];
	uint64_t seen = 0;
	int told = 0;

	(void)state;
	alertbook_begin(&book);
	for (int i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "guest%d", i);
		told += see(&book, 1000, name, "panic", 0);
	}
	assert_int_equal(told, ALERTBOOK_OWNER_MAX + 1);
	assert_int_equal(count(&book), ALERTBOOK_OWNER_MAX + 1);
	while ((entry = alertbook_next(&book, entry)))
		seen += entry->count + entry->again;
	assert_int_equal(seen, many);
	/* It is that owner's loss alone. */
	assert_true(see(&book, 1001, "web1", "panic", 0));
	assert_false(see(&book, 1001, "web1", "panic", 0));
	/* And over when it is over. */
	send_all(&book);
	pass(&book, QUIET);
	send_all(&book);
	pass(&book, 2 * QUIET);
	assert_true(see(&book, 1000, "guest12000", "panic", 3 * QUIET));
	assert_string_equal(only(&book)->guest, "guest12000");
	alertbook_free(&book);
}

/* Of what follows a match an owner has so much, whatever its guests print. */
static void test_what_follows_is_limited_for_each_and_for_an_owner(void **state)
{
	static struct alertbook book;
	char line[ALERTNEWS_LINE_SIZE];
	struct alertbook_entry *entry = NULL;
	struct alertnews *news;
	char name[SOURCE_NAME_SIZE];
	size_t all = 0;

	(void)state;
	alertbook_begin(&book);
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "guest%d", i);
		alertbook_seen(&book, 1000, name, "panic", QUIET, true, 0, &news);
		while (alertnews_add(news, line, sizeof(line)))
			;
		assert_true(news->after_len <= ALERTNEWS_AFTER_MAX);
		all += news->after_len;
		if (!i)
			assert_true(news->after_len > ALERTNEWS_AFTER_MAX - sizeof(line));
	}
	assert_true(all <= ALERTNEWS_AFTER_ALL_MAX && all > ALERTNEWS_AFTER_ALL_MAX - sizeof(line));
	assert_int_equal(first_owner(&book)->after, all);
	alertbook_seen(&book, 1001, "web1", "panic", QUIET, true, 0, &news);
	assert_true(alertnews_add(news, line, 1));
	assert_string_equal(news->after, "\nx");
	/* What was told makes room. */
	while ((entry = alertbook_next(&book, entry)))
		if (!strcmp(entry->guest, "guest0"))
			break;
	alertbook_sent(&book, entry);
	alertbook_not_run(&book, entry);
	assert_true(first_owner(&book)->after <
		    ALERTNEWS_AFTER_ALL_MAX - ALERTNEWS_AFTER_MAX + 1024);
	send_all(&book);
	assert_int_equal(first_owner(&book)->after, 0);
	alertbook_free(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_is_told_once_in_a_while),
		cmocka_unit_test(test_what_cannot_be_sent_is_not_forgotten),
		cmocka_unit_test(test_a_match_without_memory_does_not_hide_the_next),
		cmocka_unit_test(test_what_was_sent_stays_for_its_command),
		cmocka_unit_test(test_what_was_run_for_stays_for_the_journal),
		cmocka_unit_test(test_names_that_look_alike_are_several),
		cmocka_unit_test(test_a_pass_goes_on_where_it_was),
		cmocka_unit_test(test_a_thousand_guests_are_told_each),
		cmocka_unit_test(test_guests_without_number_are_one_for_all),
		cmocka_unit_test(test_what_follows_is_limited_for_each_and_for_an_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
