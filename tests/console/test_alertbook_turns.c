// SPDX-License-Identifier: GPL-2.0-only
#include "alertbook_fixture.h"

#include <stdio.h>
#include <string.h>

#include "daemon/alertkeep.h"

static int rank(const char *alert, void *arg)
{
	(void)arg;
	return strcmp(alert, "panic") ? 3 : 2;
}

/* Runs the next; returns its guest, or NULL. */
static const char *run(struct alertbook *book, uint64_t now, uint64_t every, uint64_t *next)
{
	static char guest[SOURCE_NAME_SIZE];
	struct alertbook_entry *entry;

	*next = UINT64_MAX;
	entry = alertbook_turn(book, now, rank, NULL, next);
	if (!entry)
		return NULL;
	strcpy(guest, entry->guest);
	alertbook_sent(book, entry);
	alertbook_ran(book, entry, now, every);
	return guest;
}

static void test_commands_are_fair_by_owner_and_the_worst_goes_first(void **state)
{
	static struct alertbook book;
	uint64_t next;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "a1", "oops", 0);
	see(&book, 1, "a2", "oops", 1);
	see(&book, 1, "a3", "panic", 2);
	see(&book, 1, "a4", "panic", 3);
	see(&book, 2, "b1", "oops", 4);
	assert_string_equal(run(&book, 10, 50, &next), "a3");
	/* One of an owner at a time. */
	assert_string_equal(run(&book, 10, 50, &next), "b1");
	assert_null(run(&book, 10, 50, &next));
	assert_int_equal(next, UINT64_MAX);
	alertbook_ended(&book, 1, 10);
	alertbook_ended(&book, 2, 10);
	/* And no other before its time. */
	see(&book, 2, "b2", "oops", 11);
	assert_null(run(&book, 59, 50, &next));
	assert_int_equal(next, 60);
	assert_string_equal(run(&book, 60, 0, &next), "a4");
	alertbook_ended(&book, 1, 60);
	/* Who had a turn is behind the others, though what it has is older. */
	assert_string_equal(run(&book, 60, 0, &next), "b2");
	assert_string_equal(run(&book, 60, 0, &next), "a1");
	alertbook_ended(&book, 1, 60);
	assert_string_equal(run(&book, 60, 0, &next), "a2");
	assert_null(run(&book, 1000, 0, &next));
	alertbook_free(&book);
}

static void test_commands_keep_their_order_over_a_restart(void **state)
{
	static struct alertbook before;
	static struct alertbook book;
	char guest[SOURCE_NAME_SIZE];
	uint64_t next;
	json_t *kept;

	(void)state;
	alertbook_begin(&before);
	for (int i = 0; i < 50; i++) {
		snprintf(guest, sizeof(guest), "guest%d", i);
		see(&before, 1, guest, "panic", (uint64_t)i);
	}
	kept = alertkeep_put(&before, 50);
	alertbook_free(&before);
	alertbook_begin(&book);
	alertkeep_get(&book, kept, 50, 0);
	json_decref(kept);
	for (int i = 0; i < 50; i++) {
		snprintf(guest, sizeof(guest), "guest%d", i);
		assert_string_equal(run(&book, 100, 0, &next), guest);
		alertbook_ended(&book, 1, 100);
	}
	assert_null(run(&book, 100, 0, &next));
	assert_int_equal(count(&book), 50);
	alertbook_free(&book);
}

static void readied(struct alertbook_entry *entry, void *arg)
{
	(void)entry;
	if (arg)
		++*(size_t *)arg;
}

static void test_what_waits_for_lines_is_not_run(void **state)
{
	static struct alertbook book;
	uint64_t next;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "a1", "panic", 0);
	only(&book)->news->waits = true;
	assert_null(run(&book, 10, 0, &next));
	only(&book)->news->waits = false;
	alertbook_ready(&book, only(&book)->news, 10, readied, NULL);
	assert_string_equal(run(&book, 10, 0, &next), "a1");
	alertbook_free(&book);
}

/* An owner is remembered as long as there is a limit that it could slip. */
static void test_an_owner_that_is_limited_is_not_forgotten(void **state)
{
	static struct alertbook book;
	uint64_t next;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "a1", "panic", 0);
	assert_string_equal(run(&book, 0, 10 * QUIET, &next), "a1");
	alertbook_ended(&book, 1, 0);
	pass(&book, 2 * QUIET);
	assert_null(alertbook_next(&book, NULL));
	assert_non_null(first_owner(&book));
	see(&book, 1, "a2", "panic", 2 * QUIET);
	assert_null(run(&book, 2 * QUIET, 0, &next));
	assert_int_equal(next, 10 * QUIET);
	assert_string_equal(run(&book, 10 * QUIET, 0, &next), "a2");
	pass(&book, 12 * QUIET);
	assert_non_null(first_owner(&book));
	alertbook_ended(&book, 1, 12 * QUIET);
	pass(&book, 12 * QUIET);
	assert_null(first_owner(&book));
	alertbook_free(&book);
}

/* Calls of rank(): of whom what there is was looked at. */
static size_t ranked;

static int count_rank(const char *alert, void *arg)
{
	ranked++;
	return rank(alert, arg);
}

static void test_a_turn_is_as_long_as_what_one_owner_has(void **state)
{
	static struct alertbook book;
	struct alertbook_entry *entry;
	uint64_t next = UINT64_MAX;

	(void)state;
	alertbook_begin(&book);
	for (uid_t uid = 1; uid <= 5000; uid++) {
		see(&book, uid, "a", "oops", uid);
		see(&book, uid, "b", "panic", uid);
	}
	for (uid_t uid = 1; uid <= 5000; uid++) {
		entry = alertbook_turn(&book, 10000, count_rank, NULL, &next);
		assert_int_equal(entry->owner->uid, uid);
		assert_string_equal(entry->guest, "b");
		alertbook_ran(&book, entry, 10000, 90000);
	}
	assert_int_equal(ranked, 10000);
	assert_null(alertbook_turn(&book, 10000, count_rank, NULL, &next));
	for (uid_t uid = 1; uid <= 5000; uid++)
		alertbook_ended(&book, uid, 10001);
	for (int i = 0; i < 100; i++)
		assert_null(alertbook_turn(&book, 99999, count_rank, NULL, &next));
	assert_int_equal(ranked, 10000);
	assert_int_equal(next, 100000);
	alertbook_free(&book);
}

static void test_what_waits_is_looked_at_again_when_it_does_not(void **state)
{
	static struct alertbook book;
	struct alertbook_entry *entry = NULL;
	uint64_t next = UINT64_MAX;
	size_t ready = 0;

	(void)state;
	alertbook_begin(&book);
	for (uid_t uid = 0; uid < 1000; uid++)
		see(&book, uid, "a", "panic", 0);
	while ((entry = alertbook_next(&book, entry)))
		entry->news->waits = true;
	while ((entry = TAILQ_FIRST(&book.fresh)))
		alertbook_counted(&book, entry);
	assert_true(TAILQ_EMPTY(&book.to_send));
	ranked = 0;
	for (int i = 0; i < 100; i++)
		assert_null(alertbook_turn(&book, 1, count_rank, NULL, &next));
	assert_int_equal(ranked, 1000);
	assert_int_equal(pass(&book, 2 * QUIET), UINT64_MAX);
	entry = alertbook_find(&book, 7, "a", "panic");
	alertbook_ready(&book, entry->news, 1, readied, &ready);
	assert_int_equal(ready, 0);
	entry->news->waits = false;
	alertbook_ready(&book, entry->news, 1, readied, &ready);
	assert_int_equal(ready, 1);
	assert_ptr_equal(TAILQ_FIRST(&book.to_send), entry);
	assert_ptr_equal(alertbook_turn(&book, 1, count_rank, NULL, &next), entry);
	assert_int_equal(ranked, 1001);
	alertbook_free(&book);
}

/* Among the guests that are one for all; whoever answers for it by then. */
static void test_what_waits_is_found_whatever_its_guest_is_called(void **state)
{
	static struct alertbook book;
	char name[SOURCE_NAME_SIZE];
	struct alertnews *news;
	size_t ready = 0;

	(void)state;
	alertbook_begin(&book);
	unknown = true;
	for (int i = 0; i <= ALERTBOOK_OWNER_MAX; i++) {
		snprintf(name, sizeof(name), "guest%d", i);
		alertbook_seen(&book, 100007, name, "panic", QUIET, true, 0, &news);
	}
	unknown = false;
	alertbook_ready(&book, news, 1, readied, &ready);
	assert_int_equal(ready, 1);
	alertbook_free(&book);
}

/* Who comes with another number each time is behind all others each time. */
static void test_who_is_new_is_behind_the_others(void **state)
{
	static struct alertbook book;
	uint64_t next;

	(void)state;
	alertbook_begin(&book);
	see(&book, 1, "a1", "panic", 10);
	see(&book, 1, "a2", "panic", 10);
	assert_string_equal(run(&book, 10, 0, &next), "a1");
	alertbook_ended(&book, 1, 20);
	for (uid_t uid = 2; uid < 100; uid++)
		see(&book, uid, "b", "panic", 21);
	assert_string_equal(run(&book, 30, 0, &next), "a2");
	alertbook_ended(&book, 1, 30);
	see(&book, 1, "a3", "panic", 30);
	for (uid_t uid = 2; uid < 100; uid++)
		assert_string_equal(run(&book, 30, 0, &next), "b");
	assert_string_equal(run(&book, 30, 0, &next), "a3");
	alertbook_free(&book);
}

static void test_a_user_is_one_owner_with_all_subordinate_uids(void **state)
{
	static struct alertbook book;
	uint64_t next;

	(void)state;
	alertbook_begin(&book);
	for (uid_t uid = 100000; uid < 100000 + ALERTBOOK_OWNER_MAX; uid++)
		assert_true(see(&book, uid, "web1", "panic", 0));
	assert_int_equal(count(&book), ALERTBOOK_OWNER_MAX);
	for (uid_t uid = 110000; uid < 120000; uid++)
		see(&book, uid, "web1", "panic", 0);
	assert_int_equal(count(&book), ALERTBOOK_OWNER_MAX + 1);
	assert_null(alertbook_next_owner(&book, first_owner(&book)));
	assert_int_equal(first_owner(&book)->uid, 1);
	see(&book, 2, "web1", "panic", 0);
	assert_non_null(run(&book, 0, 0, &next));
	assert_non_null(run(&book, 0, 0, &next));
	assert_null(run(&book, 0, 0, &next));
	alertbook_ended(&book, 1, 0);
	assert_non_null(run(&book, 0, 0, &next));
	alertbook_free(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_are_fair_by_owner_and_the_worst_goes_first),
		cmocka_unit_test(test_commands_keep_their_order_over_a_restart),
		cmocka_unit_test(test_what_waits_for_lines_is_not_run),
		cmocka_unit_test(test_an_owner_that_is_limited_is_not_forgotten),
		cmocka_unit_test(test_a_turn_is_as_long_as_what_one_owner_has),
		cmocka_unit_test(test_what_waits_is_looked_at_again_when_it_does_not),
		cmocka_unit_test(test_what_waits_is_found_whatever_its_guest_is_called),
		cmocka_unit_test(test_who_is_new_is_behind_the_others),
		cmocka_unit_test(test_a_user_is_one_owner_with_all_subordinate_uids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
