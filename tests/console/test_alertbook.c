// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/payers.h"
#include "daemon/alertbook.h"
#include "daemon/alertkeep.h"

#define QUIET 1000

/* The system does not know who the subordinate uids are of. */
static bool unknown;

/* In place of the subordinate uids of the system. */
uid_t payer_of(uid_t uid)
{
	if (unknown)
		return uid >= 100000 && uid < 165536 ? 100000 : uid;
	return uid >= 100000 && uid < 165536 ? 1 : uid;
}

/* There is no memory for what was seen. */
static bool no_memory;

struct alertnews *__wrap_alertnews_new(size_t *after_all);
struct alertnews *__real_alertnews_new(size_t *after_all);
struct alertnews *__wrap_alertnews_new(size_t *after_all)
{
	return no_memory ? NULL : __real_alertnews_new(after_all);
}

static bool see(struct alertbook *book, uid_t uid, const char *guest, const char *alert,
		uint64_t now)
{
	struct alertnews *news;
	int result = alertbook_seen(book, uid, guest, alert, QUIET, true, now, &news);

	assert_in_range(result, 0, 1);
	if (result)
		assert_non_null(news);
	if (news)
		snprintf(news->match, sizeof(news->match), "%s at %d", guest, (int)now);
	return result;
}

/* There are no commands. */
static int none(const char *alert, void *arg)
{
	(void)alert;
	(void)arg;
	return -1;
}

static uint64_t pass(struct alertbook *book, uint64_t now)
{
	return alertbook_pass(book, now, NULL, NULL);
}

static struct alertbook_owner *first_owner(const struct alertbook *book)
{
	return alertbook_next_owner(book, NULL);
}

/* What is to be sent is, and nothing is run; returns how many. */
static size_t send_all(struct alertbook *book)
{
	struct alertbook_entry *entry;
	size_t sent = 0;
	uint64_t next;

	while ((entry = TAILQ_FIRST(&book->fresh)))
		alertbook_counted(book, entry);
	while ((entry = TAILQ_FIRST(&book->to_send))) {
		sent++;
		alertbook_sent(book, entry);
	}
	assert_null(alertbook_turn(book, UINT64_MAX, none, NULL, &next));
	return sent;
}

static size_t count(const struct alertbook *book)
{
	struct alertbook_entry *entry = NULL;
	size_t entries = 0;

	while ((entry = alertbook_next(book, entry)))
		entries++;
	return entries;
}

static struct alertbook_entry *only(const struct alertbook *book)
{
	struct alertbook_entry *entry = alertbook_next(book, NULL);

	assert_non_null(entry);
	assert_null(alertbook_next(book, entry));
	return entry;
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

static bool after_some(void *arg)
{
	return !(++*(size_t *)arg % 100);
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
		cmocka_unit_test(test_commands_are_fair_by_owner_and_the_worst_goes_first),
		cmocka_unit_test(test_commands_keep_their_order_over_a_restart),
		cmocka_unit_test(test_what_waits_for_lines_is_not_run),
		cmocka_unit_test(test_an_owner_that_is_limited_is_not_forgotten),
		cmocka_unit_test(test_a_turn_is_as_long_as_what_one_owner_has),
		cmocka_unit_test(test_what_waits_is_looked_at_again_when_it_does_not),
		cmocka_unit_test(test_what_waits_is_found_whatever_its_guest_is_called),
		cmocka_unit_test(test_who_is_new_is_behind_the_others),
		cmocka_unit_test(test_a_user_is_one_owner_with_all_subordinate_uids),
		cmocka_unit_test(test_a_pass_goes_on_where_it_was),
		cmocka_unit_test(test_a_thousand_guests_are_told_each),
		cmocka_unit_test(test_guests_without_number_are_one_for_all),
		cmocka_unit_test(test_what_follows_is_limited_for_each_and_for_an_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
