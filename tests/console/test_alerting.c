// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/alerting.h"
#include "daemon/alertrun.h"
#include "daemon/journal.h"
#include "fake_clock.h"
#include "fake_loop.h"
#include "told_all.h"

/* The journal and the commands of this test, and what is told. */
static struct {
	int result;
	int tried;
	int sent;
	int priority;
	uint64_t count;
	uint64_t takes; /* milliseconds, for each */
	char text[256];
} journal;

struct alertrun {
	uid_t owner;
	char guest[SOURCE_NAME_SIZE];
	char alert[ALERTRULES_NAME_SIZE];
	uint64_t count;
	alertrun_done_cb *done;
	void *arg;
};

static struct alertrun runs[16];
static size_t run_count;
static bool cannot_run;

int journal_send(int fd, const char *path, const struct journal_line *line)
{
	assert_int_equal(fd, 7);
	assert_string_equal(path, "/journal");
	journal.tried++;
	fake_now_ms += journal.takes;
	if (journal.result)
		return journal.result;
	journal.sent++;
	journal.priority = line->alert->priority;
	journal.count = line->alert->count;
	assert_int_equal(line->len, strlen(line->text));
	snprintf(journal.text, sizeof(journal.text), "%s", line->text);
	return 0;
}

/* How many were told when that was noted last. */
static uint64_t noted;

void __wrap_alertcounts_note(struct alertcounts *counts, const struct logdir *in, bool again);
void __wrap_alertcounts_note(struct alertcounts *counts, const struct logdir *in, bool again)
{
	(void)in;
	(void)again;
	noted = 0;
	for (size_t i = 0; i < counts->count; i++)
		noted += counts->all[i].told;
}

struct alertrun *alertrun_start(struct loop *loop, const struct alertrule *rule,
				const struct alertnews *news, uint64_t count,
				alertrun_done_cb *done, void *arg)
{
	struct alertrun *run = &runs[run_count];

	(void)loop;
	assert_in_range(run_count, 0, ROWS(runs) - 1);
	if (cannot_run)
		return NULL;
	run_count++;
	*run = (struct alertrun){ .owner = news->uid, .count = count, .done = done, .arg = arg };
	strcpy(run->guest, news->guest);
	strcpy(run->alert, rule->name);
	return run;
}

void alertrun_end(struct alertrun *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		alertrun_free(all[i]);
}

void alertrun_free(struct alertrun *run)
{
	(void)run;
}

/* The rules of a test, and what it has of them. */
static struct alertrules *rules;
static struct alerting *alerting;
static struct logdir dir;

static void set(const char *alert, const char *name, const char *value)
{
	char why[256];
	struct alertrule *rule = alertrules_section(rules, alert, 1, why, sizeof(why));

	assert_non_null(rule);
	assert_true(alertrules_set(rule, name, value, why, sizeof(why)));
}

static void begin(void)
{
	char why[256];
	size_t line;

	if (!alertrules_end(rules, &line, why, sizeof(why)))
		fail_msg("%s", why);
	alerting = alerting_new(NULL, 7, NULL);
	/* There was no daemon before. */
	dir.state = open("/proc", O_PATH | O_DIRECTORY);
	alerting_restore(alerting, &dir, "boot");
	alerting_rules(alerting, rules, "/journal");
}

/* Where nothing can be noted for the next start. */
static void end_daemon(void)
{
	const struct logdir nowhere = { .state = -1 };

	assert_false(alerting_end(alerting, &nowhere, "boot"));
	alerting_free(alerting);
	alerting = NULL;
}

static int setup(void **state)
{
	(void)state;
	fake_now_ms = 1000000;
	fake_event_count = 0;
	memset(&journal, 0, sizeof(journal));
	told_all[0] = '\0';
	run_count = 0;
	cannot_run = false;
	rules = alertrules_new();
	alerting = NULL;
	set(NULL, "quiet", "60s");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	alerting_free(alerting);
	alertrules_free(rules);
	close(dir.state);
	return 0;
}

/* The timer rings when its time has come, so often that nothing is left for now. */
static void pass(uint64_t ms)
{
	uint64_t until = fake_now_ms + ms;
	struct loop_event *timer = fake_events[0];

	while (timer->on && fake_now_ms + timer->ms <= until) {
		fake_now_ms += timer->ms;
		fake_happens(0);
	}
	if (timer->on)
		timer->ms -= until - fake_now_ms;
	fake_now_ms = until;
}

static size_t index_of(const char *alert)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->all[i].name, alert))
			return i;
	fail_msg("no alert %s", alert);
	return 0;
}

static struct alertnews *see(uid_t uid, const char *guest, const char *alert)
{
	struct alertnews *news = alerting_seen(alerting, uid, guest, index_of(alert));

	if (!news)
		return NULL;
	news->uid = uid;
	strcpy(news->guest, guest);
	strcpy(news->user, "somebody");
	snprintf(news->match, sizeof(news->match), "a %s", alert);
	alerting_tell(alerting);
	return news;
}

static void end(size_t run, bool failed)
{
	runs[run].done(&runs[run], failed, runs[run].arg);
}

static uint64_t count(const char *alert, bool seen)
{
	const struct alertcounts *counts = alerting_counts(alerting);

	for (size_t i = 0; i < counts->count; i++)
		if (!strcmp(counts->all[i].alert, alert))
			return seen ? counts->all[i].seen : counts->all[i].told;
	return 0;
}

static int times(const char *text)
{
	int found = 0;

	for (const char *at = told_all; (at = strstr(at, text)); at++)
		found++;
	return found;
}

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
	assert_int_equal(times("cannot send alerts to the journal at /journal: No such file"), 1);
	assert_int_equal(times("web1 (user somebody): panic (crit): a panic"), 1);
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
	assert_int_equal(times("db (user somebody): oops (crit): a oops"), 1);
	assert_int_equal(times("web1 (user"), 1);
	assert_int_equal(times("cannot send alerts"), 1);
	assert_int_equal(count("panic", false), 1);
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 2);
	assert_int_equal(times("the journal takes alerts again"), 1);
	assert_int_equal(count("panic", false), 1);
	/* It begins anew. */
	see(3, "x", "panic");
	pass(0);
	assert_int_equal(journal.sent, 3);
	assert_int_equal(times("takes alerts again"), 1);
	journal.result = -ENOENT;
	see(4, "y", "panic");
	pass(0);
	assert_int_equal(times("cannot send alerts"), 2);
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
	assert_int_equal(times("again (user"), 2);
	journal.result = 0;
	pass(1000);
	journal.result = -ENOENT;
	see(1, "web1", "panic");
	pass(60000);
	assert_int_equal(times("web1 (user"), 2);
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
	assert_string_equal(told_all, "cannot send alerts to the journal at /journal: it has taken "
				      "nothing for half a minute; tried again, and told here\n"
				      "web1 (user somebody): panic (crit): a panic\n");
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 1);
	assert_false(alerting_unsent(alerting));
	assert_int_equal(times("the journal takes alerts again"), 1);
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
	assert_int_equal(times("guest"), 20);
	/* Each once, and then it is tried with the one that waits longest. */
	journal.result = 0;
	pass(30000);
	assert_int_equal(journal.sent, 20);
	assert_int_equal(times("guest"), 20);
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
	end(1, true);
	assert_int_equal(run_count, ALERTING_RUNS_MAX + 1);
	end(0, false);
	assert_int_equal(run_count, 6);
	assert_int_equal(alerting_counts(alerting)->runs.started, 6);
	assert_int_equal(alerting_counts(alerting)->runs.failed, 1);
	end(2, false);
	end(3, false);
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
	end(0, false);
	assert_string_equal(runs[1].guest, "web4");
	assert_int_equal(runs[1].count, 1);
	pass(1000);
	assert_int_equal(run_count, 2);
	end(1, false);
	assert_string_equal(runs[2].guest, "web3");
	assert_int_equal(runs[2].count, 2);
	pass(1000);
	end(2, false);
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
	assert_string_equal(told_all, "web3: panic: its command was not run before the end\n");
}

static void test_other_rules_hold_from_then_on(void **state)
{
	struct alertrules *old = rules;
	uint32_t generation;
	char why[256];
	size_t line;

	(void)state;
	set("mine", "pattern", "x");
	set("mine", "command", "/bin/page");
	begin();
	see(1, "web1", "mine");
	pass(0);
	see(1, "web2", "mine");
	pass(0);
	assert_int_equal(run_count, 1);
	generation = alerting_generation(alerting);
	/* There is no such alert, nor its command, any more; what it was counts. */
	rules = alertrules_new();
	set(NULL, "quiet", "60s");
	assert_true(alertrules_end(rules, &line, why, sizeof(why)));
	alerting_rules(alerting, rules, "/journal");
	alertrules_free(old);
	assert_int_not_equal(alerting_generation(alerting), generation);
	end(0, false);
	pass(100000);
	assert_int_equal(run_count, 1);
	assert_int_equal(count("mine", false), 2);
	see(1, "web1", "panic");
	pass(0);
	assert_int_equal(journal.sent, 3);
	assert_string_equal(told_all, "");
}

/* Rules of these names, besides those that are there anyway. */
static void load(const char *first, const char *second)
{
	struct alertrules *old = rules;
	char why[256];
	size_t line;

	rules = alertrules_new();
	set(first, "pattern", "x");
	set(second, "pattern", "y");
	assert_true(alertrules_end(rules, &line, why, sizeof(why)));
	alerting_rules(alerting, rules, "/journal");
	alertrules_free(old);
}

static uint64_t bit_of(const char *name)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!strcmp(rules->all[i].name, name))
			return UINT64_C(1) << i;
	return 0;
}

static void test_a_guest_that_has_missed_rules_knows_its_own(void **state)
{
	uint32_t first;
	uint64_t mine;
	uint64_t gone;

	(void)state;
	set("b-mine", "pattern", "x");
	set("z-gone", "pattern", "y");
	begin();
	first = alerting_generation(alerting);
	mine = bit_of("b-mine");
	gone = bit_of("z-gone");
	load("a-other", "b-mine");
	load("z-gone", "b-mine");
	load("a-other", "b-mine");
	assert_int_not_equal(bit_of("b-mine"), 0);
	assert_int_equal(alerting_renumber(alerting, first, mine), bit_of("b-mine"));
	/* One that was left out meanwhile is another one since. */
	assert_int_equal(alerting_renumber(alerting, first, mine | gone), bit_of("b-mine"));
	assert_int_equal(alerting_renumber(alerting, first + 2, bit_of("a-other")), 0);
	assert_int_equal(alerting_renumber(alerting, first + 3, 5), 5);
	for (int i = 0; i < 29; i++)
		load(i % 2 ? "a-other" : "c-other", "b-mine");
	assert_int_equal(alerting_renumber(alerting, first, mine), bit_of("b-mine"));
	load("a-other", "b-mine");
	assert_int_equal(alerting_renumber(alerting, first, mine), 0);
}

/* A daemon that goes on where the one before has ended. */
static void begin_behind(const struct logdir *there)
{
	alerting_free(alerting);
	alerting = alerting_new(NULL, 7, NULL);
	alerting_restore(alerting, there, "boot");
	alerting_rules(alerting, rules, "/journal");
}

static void test_what_is_known_of_a_guest_outlives_one_that_never_looked_at_it(void **state)
{
	const struct ledger_port port = { .id = 3, .attach_ns = 4 };
	const struct ledger_port other = { .id = 5, .attach_ns = 6 };
	struct logdir there = { .path = "/tmp/kpl011-alerting-XXXXXX" };
	struct alertafter after = { 0 };
	uint64_t told = 0;

	(void)state;
	assert_non_null(mkdtemp(there.path));
	there.fd = open(there.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(there.fd, LOGDIR_STATE, 0700), 0);
	there.state = openat(there.fd, LOGDIR_STATE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	begin();
	alerting_keep(alerting, &port, 100, &after, bit_of("panic"));
	assert_true(alerting_end(alerting, &there, "boot"));
	/* One that ends at once, with and without what it has to note itself. */
	begin_behind(&there);
	assert_true(alerting_end(alerting, &there, "boot"));
	begin_behind(&there);
	alerting_keep(alerting, &other, 200, &after, bit_of("oops"));
	assert_true(alerting_end(alerting, &there, "boot"));
	begin_behind(&there);
	assert_true(alerting_resume(alerting, &port, 100, &after, &told));
	assert_int_equal(told, bit_of("panic"));
	assert_true(alerting_resume(alerting, &other, 200, &after, &told));
	assert_int_equal(told, bit_of("oops"));
	/* Once it was looked at it is over. */
	assert_true(alerting_end(alerting, &there, "boot"));
	begin_behind(&there);
	assert_false(alerting_resume(alerting, &port, 100, &after, &told));
	close(there.state);
	assert_int_equal(unlinkat(there.fd, LOGDIR_STATE, AT_REMOVEDIR), 0);
	close(there.fd);
	assert_int_equal(rmdir(there.path), 0);
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
		TEST(test_other_rules_hold_from_then_on),
		TEST(test_a_guest_that_has_missed_rules_knows_its_own),
		TEST(test_what_is_known_of_a_guest_outlives_one_that_never_looked_at_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
