// SPDX-License-Identifier: GPL-2.0-only
#include "alerting_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "told_all.h"

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
	end_run(0, false);
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

/* As after a disk has changed some bytes, or somebody has. */
static void test_what_is_no_name_of_an_alert_was_not_told(void **state)
{
	static const char text[] =
		"{\"format\": \"kpl011-alerts\", \"boot\": \"boot\", \"at\": 0, \"ports\": "
		"{\"3-4\": {\"pos\": 100, \"told\": [1, null, \"\", \"panic\"]}}}";
	const struct ledger_port port = { .id = 3, .attach_ns = 4 };
	struct logdir there = { .path = "/tmp/kpl011-alerting-XXXXXX" };
	struct alertafter after = { 0 };
	uint64_t told = 0;
	int file;

	(void)state;
	assert_non_null(mkdtemp(there.path));
	there.state = open(there.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	file = openat(there.state, "alerts", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	begin();
	begin_behind(&there);
	assert_true(alerting_resume(alerting, &port, 100, &after, &told));
	assert_int_equal(told, bit_of("panic"));
	close(there.state);
	assert_int_equal(rmdir(there.path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_other_rules_hold_from_then_on),
		TEST(test_a_guest_that_has_missed_rules_knows_its_own),
		TEST(test_what_is_known_of_a_guest_outlives_one_that_never_looked_at_it),
		TEST(test_what_is_no_name_of_an_alert_was_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
