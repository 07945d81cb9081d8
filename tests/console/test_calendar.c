// SPDX-License-Identifier: GPL-2.0-only
#include "told.h"

#include "cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/calendar.h"
#include "daemon/clocks.h"

#define DAY 86400
#define THEN ((int64_t)1790000000)

/* The clocks, in place of clocks.c. */
static int64_t wall, since_boot;

void clocks_read(int64_t *wall_out, int64_t *since_boot_out)
{
	*wall_out = wall;
	*since_boot_out = since_boot;
}

static char path[] = "/tmp/kpl011-calendar-XXXXXX";
static struct logdir dir = { .state = -1 };

static int setup(void **state)
{
	(void)state;
	strcpy(path + strlen(path) - 6, "XXXXXX");
	assert_non_null(mkdtemp(path));
	dir.state = open(path, O_RDONLY | O_DIRECTORY);
	wall = THEN;
	since_boot = 100;
	told_count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dir.state, "clock", 0);
	close(dir.state);
	return rmdir(path);
}

static void pass(int64_t seconds)
{
	wall += seconds;
	since_boot += seconds;
}

static void expect(struct calendar *calendar, int64_t least, int64_t most, int count)
{
	assert_int_equal(calendar_least(calendar), least);
	assert_int_equal(calendar_most(calendar), most);
	assert_int_equal(calendar_is_sure(calendar), least == most);
	assert_int_equal(told_count, count);
}

static void test_jumps_are_told_and_when_they_are_over(void **state)
{
	struct calendar calendar;

	(void)state;
	calendar_begin(&calendar, &dir, "a");
	expect(&calendar, THEN, THEN, 0);
	wall += 10 * DAY;
	expect(&calendar, THEN, THEN + 10 * DAY, 1);
	assert_string_equal(told,
			    "the clock is 10d00h ahead of the time that has passed since it was "
			    "last read");
	wall -= 10 * DAY;
	expect(&calendar, THEN, THEN, 2);
	assert_non_null(strstr(told, "the clock is right again"));
	wall -= 5 * DAY;
	expect(&calendar, THEN - 5 * DAY, THEN, 3);
	assert_string_equal(told,
			    "the clock is 5d00h short of the time that has passed since it was "
			    "last read");
	pass(DAY);
	expect(&calendar, wall, wall, 4);
	assert_non_null(strstr(told, "has run steadily for a day"));
}

/* Also by a daemon that was killed. */
static void test_what_was_told_is_kept(void **state)
{
	struct calendar calendar;

	(void)state;
	calendar_begin(&calendar, &dir, "a");
	calendar_least(&calendar);
	calendar_store(&calendar);
	wall += 10 * DAY;
	calendar_begin(&calendar, &dir, "a");
	expect(&calendar, THEN, THEN + 10 * DAY, 1);
	calendar_begin(&calendar, &dir, "a");
	pass(DAY - 1);
	expect(&calendar, THEN + DAY - 1, THEN + 11 * DAY - 1, 1);
	calendar_begin(&calendar, &dir, "a");
	pass(1);
	expect(&calendar, wall, wall, 2);
}

/* It goes by the clock until then, and by what is there when there is something. */
static void test_without_a_directory_there_is_a_time_as_well(void **state)
{
	struct calendar calendar;
	int fd = dir.state;

	(void)state;
	calendar_begin(&calendar, &dir, "a");
	calendar_least(&calendar);
	calendar_store(&calendar);
	dir.state = -1;
	calendar_begin(&calendar, &dir, "a");
	wall += 10 * DAY;
	expect(&calendar, wall, wall, 0);
	calendar_store(&calendar);
	dir.state = fd;
	expect(&calendar, THEN, wall, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jumps_are_told_and_when_they_are_over),
		TEST(test_what_was_told_is_kept),
		TEST(test_without_a_directory_there_is_a_time_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
