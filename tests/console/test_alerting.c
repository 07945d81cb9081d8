// SPDX-License-Identifier: GPL-2.0-only
#include "alerting_fixture.h"

#include <errno.h>
#include <string.h>

#include "fake_clock.h"
#include "fake_loop.h"
#include "told_all.h"

static void test_alerts_are_sent_and_counted(void **state)
{
	(void)state;
	begin();
	see(1, "web1", "panic");
	see(1, "web1", "panic");
	see(1, "web1", "disk");
	pass(0);
	assert_int_equal(journal.sent, 2);
	assert_int_equal(count("panic", true), 2);
	assert_int_equal(count("panic", false), 1);
	assert_int_equal(count("disk", false), 1);
	pass(59999);
	assert_int_equal(journal.sent, 2);
	pass(1);
	assert_int_equal(journal.sent, 3);
	assert_string_equal(journal.text, "web1: panic: a panic");
	assert_int_equal(journal.priority, 2);
	see(1, "web1", "panic");
	see(1, "web1", "panic");
	pass(60000);
	assert_string_equal(journal.text, "web1: panic (2 times): a panic");
	assert_int_equal(journal.count, 2);
	assert_int_equal(count("panic", true), 4);
	assert_int_equal(count("panic", false), 3);
	/* Before it is told: how far the guest was looked at was noted before. */
	assert_int_equal(noted, 4);
	/* When all is over it does not wake up any more. */
	pass(120000);
	assert_false(fake_events[0]->on);
	assert_string_equal(told_all, "");
}

static void test_a_journal_that_is_away_is_asked_less_and_less(void **state)
{
	int tried;

	(void)state;
	begin();
	journal.result = -ENOENT;
	see(1, "web1", "panic");
	pass(0);
	assert_int_equal(times_told("cannot send alerts to the journal at /journal: No such file"),
			 1);
	assert_int_equal(times_told("web1 (user somebody): panic (crit): a panic"), 1);
	assert_int_equal(journal.tried, 1);
	pass(10);
	assert_int_equal(journal.tried, 2);
	/* 20, 40, 80, ... ms, up to 30 s. */
	pass(1000000);
	tried = journal.tried;
	assert_in_range(tried, 30, 50);
	pass(30000);
	assert_int_equal(journal.tried, tried + 1);
	/* Another one is told, and the first not again. */
	see(2, "db", "oops");
	pass(30000);
	assert_int_equal(times_told("db (user somebody): oops (crit): a oops"), 1);
	assert_int_equal(times_told("web1 (user"), 1);
	assert_int_equal(times_told("cannot send alerts"), 1);
	assert_int_equal(count("panic", false), 1);
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 2);
	assert_int_equal(times_told("the journal takes alerts again"), 1);
	assert_int_equal(count("panic", false), 1);
	/* It begins anew. */
	see(3, "x", "panic");
	pass(0);
	assert_int_equal(journal.sent, 3);
	assert_int_equal(times_told("takes alerts again"), 1);
	journal.result = -ENOENT;
	see(4, "y", "panic");
	pass(0);
	assert_int_equal(times_told("cannot send alerts"), 2);
	tried = journal.tried;
	pass(10);
	assert_int_equal(journal.tried, tried + 1);
	/* The same of one guest is told here anew as well, also where it is not forgotten. */
	journal.result = 0;
	pass(100000);
	journal.result = -ENOENT;
	see(5, "again", "panic");
	pass(0);
	journal.result = 0;
	pass(1000);
	see(5, "again", "panic");
	journal.result = -ENOENT;
	pass(60000);
	assert_int_equal(times_told("again (user"), 2);
	journal.result = 0;
	pass(1000);
	journal.result = -ENOENT;
	see(1, "web1", "panic");
	pass(60000);
	assert_int_equal(times_told("web1 (user"), 2);
}

/* That of another owner as well, and where it had been away before. */
static void test_a_journal_that_is_slow_holds_up_no_alert_for_long(void **state)
{
	(void)state;
	begin();
	journal.result = -ENOENT;
	see(1, "web1", "panic");
	pass(100000);
	journal.result = -EAGAIN;
	pass(30000);
	see(2, "db", "panic");
	pass(1000);
	journal.result = 0;
	pass(200);
	assert_int_equal(journal.sent, 2);
}

static void test_a_journal_that_is_slow_is_not_told(void **state)
{
	(void)state;
	begin();
	journal.result = -EAGAIN;
	see(1, "web1", "panic");
	pass(1000);
	assert_string_equal(told_all, "");
	/* Others fill its queue: whenever it has room again, an alert is there in a moment. */
	pass(60000);
	journal.result = 0;
	pass(200);
	assert_int_equal(journal.sent, 1);
	assert_string_equal(told_all, "");
	/* But what it did not take is, before the end. */
	journal.result = -EAGAIN;
	see(1, "web1", "oops");
	pass(0);
	end_daemon();
	assert_string_equal(told_all, "web1 (user somebody): oops (crit): a oops\n");
}

/* As one that was stopped while its manager has its socket. */
static void test_a_journal_that_takes_nothing_for_long_is_told(void **state)
{
	(void)state;
	begin();
	journal.result = -EAGAIN;
	see(1, "web1", "panic");
	pass(20000);
	assert_string_equal(told_all, "");
	journal.result = -ETIMEDOUT;
	pass(60000);
	assert_true(alerting_unsent(alerting));
	assert_string_equal(
		told_all,
		"cannot send alerts to the journal at /journal: it has taken "
		"nothing for half a minute; it is tried again, and alerts are printed here\n"
		"web1 (user somebody): panic (crit): a panic\n");
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 1);
	assert_false(alerting_unsent(alerting));
	assert_int_equal(times_told("the journal takes alerts again"), 1);
}

static void test_the_last_are_sent_at_the_end(void **state)
{
	(void)state;
	begin();
	see(1, "web1", "oops");
	end_daemon();
	assert_int_equal(journal.sent, 1);
	assert_string_equal(told_all, "");
}

static void test_what_waits_is_counted_and_not_sent(void **state)
{
	struct alertnews *news;

	(void)state;
	set("panic", "command", "/bin/page");
	begin();
	news = see(1, "web1", "panic");
	news->waits = true;
	pass(30000);
	assert_int_equal(count("panic", false), 1);
	assert_int_equal(journal.tried, 0);
	assert_int_equal(run_count, 0);
	alerting_seen_again(alerting, index_of("panic"));
	assert_int_equal(count("panic", true), 2);
	news->waits = false;
	/* It is sent at once, and its command is run next. */
	alerting_send(alerting, news);
	assert_int_equal(journal.sent, 1);
	pass(0);
	assert_int_equal(journal.sent, 1);
	assert_int_equal(journal.count, 1);
	assert_int_equal(run_count, 1);
	assert_int_equal(count("panic", false), 1);
}

/* However many there are, everybody else goes on between the turns. */
static void test_many_are_sent_in_turns(void **state)
{
	char name[SOURCE_NAME_SIZE];
	int turns = 0;

	(void)state;
	begin();
	journal.takes = 4;
	for (uid_t uid = 1; uid <= 50; uid++) {
		snprintf(name, sizeof(name), "guest%u", uid);
		see(uid, name, "panic");
	}
	for (; fake_events[0]->on && !fake_events[0]->ms; turns++) {
		int before = journal.sent;

		fake_happens(0);
		assert_in_range(journal.sent - before, 0, 3);
	}
	assert_int_equal(journal.sent, 50);
	assert_in_range(turns, 17, 51);
	assert_int_equal(count("panic", false), 50);
}

static void test_many_are_told_here_once(void **state)
{
	char name[SOURCE_NAME_SIZE];

	(void)state;
	begin();
	for (uid_t uid = 1; uid <= 20; uid++) {
		snprintf(name, sizeof(name), "guest%02u", uid);
		see(uid, name, "panic");
	}
	journal.result = -ENOENT;
	pass(0);
	assert_int_equal(journal.tried, 1);
	assert_int_equal(times_told("guest"), 20);
	/* Each once, and then it is tried with the one that waits longest. */
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 20);
	assert_int_equal(times_told("guest"), 20);
}

static void test_a_few_commands_run_at_a_time(void **state)
{
	(void)state;
	set("panic", "command", "/bin/page");
	set("panic", "every", "10s");
	begin();
	for (uid_t uid = 1; uid <= 6; uid++)
		see(uid, "web1", "panic");
	pass(5000);
	assert_int_equal(run_count, ALERTING_RUNS_MAX);
	assert_int_equal(alerting_counts(alerting)->runs.started, ALERTING_RUNS_MAX);
	end_run(1, true);
	assert_int_equal(run_count, ALERTING_RUNS_MAX + 1);
	end_run(0, false);
	assert_int_equal(run_count, 6);
	assert_int_equal(alerting_counts(alerting)->runs.started, 6);
	assert_int_equal(alerting_counts(alerting)->runs.failed, 1);
	end_run(2, false);
	end_run(3, false);
	/* There is room, and still it is not the time of one that had a turn. */
	see(1, "web2", "panic");
	pass(4999);
	assert_int_equal(run_count, 6);
	pass(1);
	assert_int_equal(run_count, 7);
	assert_string_equal(runs[6].guest, "web2");
}

static void test_one_of_an_owner_and_the_worst_first(void **state)
{
	(void)state;
	set(NULL, "command", "/bin/page");
	set(NULL, "every", "1s");
	set("memory", "priority", "notice");
	set("disk", "priority", "emerg");
	begin();
	see(1, "web1", "memory");
	pass(0);
	see(1, "web2", "memory");
	see(1, "web3", "panic");
	see(1, "web3", "panic");
	see(1, "web4", "disk");
	/* Told again meanwhile, which is one run for all of it. */
	pass(60000);
	assert_int_equal(run_count, 1);
	end_run(0, false);
	assert_string_equal(runs[1].guest, "web4");
	assert_int_equal(runs[1].count, 1);
	pass(1000);
	assert_int_equal(run_count, 2);
	end_run(1, false);
	assert_string_equal(runs[2].guest, "web3");
	assert_int_equal(runs[2].count, 2);
	pass(1000);
	end_run(2, false);
	assert_string_equal(runs[3].guest, "web2");
}

static void test_what_cannot_be_run_holds_up_nobody(void **state)
{
	(void)state;
	set("panic", "command", "/bin/page");
	set("panic", "every", "1s");
	begin();
	cannot_run = true;
	see(1, "web1", "panic");
	pass(0);
	assert_int_equal(alerting_counts(alerting)->runs.failed, 1);
	cannot_run = false;
	see(1, "web2", "panic");
	pass(1000);
	assert_int_equal(run_count, 1);
	assert_string_equal(runs[0].guest, "web2");
	/* What had no turn before the end is told. */
	see(1, "web3", "panic");
	pass(0);
	end_daemon();
	assert_string_equal(told_all,
			    "web3: panic: its command was not run before the daemon stopped\n");
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alerts_are_sent_and_counted),
		TEST(test_a_journal_that_is_away_is_asked_less_and_less),
		TEST(test_a_journal_that_is_slow_is_not_told),
		TEST(test_a_journal_that_is_slow_holds_up_no_alert_for_long),
		TEST(test_a_journal_that_takes_nothing_for_long_is_told),
		TEST(test_the_last_are_sent_at_the_end),
		TEST(test_what_waits_is_counted_and_not_sent),
		TEST(test_many_are_sent_in_turns),
		TEST(test_many_are_told_here_once),
		TEST(test_a_few_commands_run_at_a_time),
		TEST(test_one_of_an_owner_and_the_worst_first),
		TEST(test_what_cannot_be_run_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
