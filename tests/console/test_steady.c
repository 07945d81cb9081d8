// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <fcntl.h>
#include <unistd.h>

#include "daemon/steady.h"

#define DAY 86400
#define YEAR (365 * DAY)

/* When the test plays. */
#define THEN ((int64_t)1790000000)

static void test_a_clock_that_goes_on_is_believed(void **state)
{
	struct steady steady;

	(void)state;
	steady_begin(&steady, "a", THEN, 100);
	for (int64_t hour = 0; hour < 1000; hour++)
		/* A second an hour is what one is set by. */
		assert_int_equal(steady_look(&steady, "a", THEN + hour * 3601, 100 + hour * 3600),
				 STEADY_AS_IT_WAS);
	assert_int_equal(steady_least(&steady), THEN + 999 * 3601);
	assert_int_equal(steady_most(&steady), THEN + 999 * 3601);
	assert_true(steady_is_sure(&steady));
}

static void test_a_jump_is_told_and_waited_out(void **state)
{
	struct steady steady;

	(void)state;
	steady_begin(&steady, "a", THEN, 100);
	assert_int_equal(steady_look(&steady, "a", THEN + YEAR, 110), STEADY_JUMPED);
	assert_int_equal(steady_least(&steady), THEN + 10);
	assert_int_equal(steady_most(&steady), THEN + YEAR);
	assert_false(steady_is_sure(&steady));
	assert_int_equal(steady_look(&steady, "a", THEN + YEAR + 3600, 3710), STEADY_AS_IT_WAS);
	assert_int_equal(steady_least(&steady), THEN + 3610);
	/* It is set right: nothing has happened. */
	assert_int_equal(steady_look(&steady, "a", THEN + 7200, 7300), STEADY_BACK);
	assert_true(steady_is_sure(&steady));
	/* Another way; it is the least then, and the most is what has passed. */
	assert_int_equal(steady_look(&steady, "a", 5, 7400), STEADY_JUMPED);
	assert_int_equal(steady_least(&steady), 5);
	assert_int_equal(steady_most(&steady), THEN + 7300);
	/* The day begins anew with each. */
	assert_int_equal(steady_look(&steady, "a", THEN + YEAR, 7400 + DAY - 1), STEADY_JUMPED);
	assert_int_equal(steady_look(&steady, "a", THEN + YEAR + DAY - 1, 7400 + 2 * DAY - 2),
			 STEADY_AS_IT_WAS);
	assert_int_equal(steady_look(&steady, "a", THEN + YEAR + DAY, 7400 + 2 * DAY - 1),
			 STEADY_BELIEVED);
	assert_true(steady_is_sure(&steady));
	assert_int_equal(steady_least(&steady), THEN + YEAR + DAY);
}

static void test_a_host_may_have_been_off(void **state)
{
	struct steady steady;

	(void)state;
	steady_begin(&steady, "a", THEN, 100);
	/* Some minutes are nothing. */
	assert_int_equal(steady_look(&steady, "b", THEN + 600, 20), STEADY_AS_IT_WAS);
	assert_int_equal(steady_least(&steady), THEN + 600);
	/* A clock that is set only after the start. */
	assert_int_equal(steady_look(&steady, "c", 5, 20), STEADY_JUMPED);
	assert_int_equal(steady_most(&steady), THEN + 600);
	assert_int_equal(steady_look(&steady, "c", THEN + 1200, 50), STEADY_BACK);
	assert_int_equal(steady_least(&steady), THEN + 1200);
	/* Months: nobody knows. What it had waited is not told from the time it was off. */
	assert_int_equal(steady_look(&steady, "d", THEN + YEAR, 20), STEADY_JUMPED);
	assert_int_equal(steady_look(&steady, "d", THEN + YEAR + DAY - 1, 20 + DAY - 1),
			 STEADY_AS_IT_WAS);
	assert_int_equal(steady_look(&steady, "e", THEN + YEAR + DAY, 20 + DAY), STEADY_AS_IT_WAS);
	assert_int_equal(steady_look(&steady, "e", THEN + YEAR + 2 * DAY, 20 + 2 * DAY),
			 STEADY_BELIEVED);
}

static void test_a_host_that_was_off_is_no_excuse_for_all(void **state)
{
	struct steady steady;

	(void)state;
	/* No host is off for less than nothing. */
	steady_begin(&steady, "a", THEN, 100);
	assert_int_equal(steady_look(&steady, "b", THEN - 600, 20), STEADY_JUMPED);
	/* One that was wrong before is not right because of it. */
	steady_begin(&steady, "a", THEN, 100);
	assert_int_equal(steady_look(&steady, "a", THEN + 600, 110), STEADY_JUMPED);
	assert_int_equal(steady_look(&steady, "b", THEN + 620, 20), STEADY_AS_IT_WAS);
	assert_false(steady_is_sure(&steady));
	/* What counts since the boot goes back with another boot, whatever that is called. */
	steady_begin(&steady, "a", THEN, 1000);
	assert_int_equal(steady_look(&steady, "a", THEN + 600, 20), STEADY_AS_IT_WAS);
	assert_int_equal(steady_least(&steady), THEN + 600);
}

static void test_it_is_kept_in_a_file(void **state)
{
	char dir[] = "/tmp/kpl011-steady-XXXXXX";
	struct steady steady;
	struct steady again;
	char text[256];
	ssize_t n;
	int file;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	steady_begin(&steady, "0123abcd-ef", THEN, 100);
	steady_look(&steady, "0123abcd-ef", 5, 110);
	assert_false(steady_load(fd, "clock", &again));
	steady_store(fd, "clock", &steady);
	assert_true(steady_load(fd, "clock", &again));
	assert_string_equal(again.boot, steady.boot);
	assert_int_equal(again.known, steady.known);
	assert_int_equal(again.at, steady.at);
	assert_int_equal(again.ahead, steady.ahead);
	assert_int_equal(again.since, steady.since);
	/* One line, of one length whatever is in it. */
	file = openat(fd, "clock", O_RDONLY);
	n = read(file, text, sizeof(text));
	close(file);
	assert_in_range(n, 100, sizeof(text) - 1);
	assert_null(memchr(text, '\0', (size_t)n));
	assert_ptr_equal(memchr(text, '\n', (size_t)n), text + n - 1);
	/* Nonsense is as none. */
	steady.since = steady.at + 1;
	steady_store(fd, "clock", &steady);
	assert_false(steady_load(fd, "clock", &again));
	steady.since = INT64_MIN;
	steady_store(fd, "clock", &steady);
	assert_false(steady_load(fd, "clock", &again));
	steady.since = steady.at;
	steady.known = INT64_MAX;
	steady_store(fd, "clock", &steady);
	assert_false(steady_load(fd, "clock", &again));
	steady.known = INT64_MIN;
	steady_store(fd, "clock", &steady);
	assert_false(steady_load(fd, "clock", &again));
	/* And neither is what a link leads to, which is not written either, nor a directory. */
	steady.known = THEN;
	assert_int_equal(renameat(fd, "clock", fd, "other"), 0);
	assert_int_equal(symlinkat("other", fd, "clock"), 0);
	steady_store(fd, "clock", &steady);
	assert_false(steady_load(fd, "other", &again));
	steady_store(fd, "other", &steady);
	assert_true(steady_load(fd, "other", &again));
	assert_false(steady_load(fd, "clock", &again));
	assert_false(steady_load(fd, ".", &again));
	unlinkat(fd, "other", 0);
	unlinkat(fd, "clock", 0);
	close(fd);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clock_that_goes_on_is_believed),
		cmocka_unit_test(test_a_jump_is_told_and_waited_out),
		cmocka_unit_test(test_a_host_may_have_been_off),
		cmocka_unit_test(test_a_host_that_was_off_is_no_excuse_for_all),
		cmocka_unit_test(test_it_is_kept_in_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
