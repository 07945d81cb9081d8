// SPDX-License-Identifier: GPL-2.0-only
/* kmod/marks.c: which mark belongs to a position, and to a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "marks.h"

#define SIZE 8

static struct kpl011_mark memory[SIZE];
static struct kpl_marks marks;

static int reset(void **state)
{
	(void)state;
	kpl_marks_init(&marks, memory, SIZE);
	return 0;
}

/* Mark n is at position 10 n and at 1000 n nanoseconds. */
static void add(unsigned int n)
{
	while (n--)
		kpl_marks_add(&marks, 10 * marks.count, 1000 * marks.count);
}

static void without_marks_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(kpl_marks_at(&marks, 5), 0);
	assert_int_equal(kpl_marks_since(&marks, 5), 0);
	assert_int_equal(kpl_marks_last(&marks), 0);
	assert_int_equal(marks.count, 0);
}

static void position_has_the_last_mark_at_or_before_it(void **state)
{
	(void)state;
	add(5);
	assert_int_equal(kpl_marks_at(&marks, 0), 0);
	assert_int_equal(kpl_marks_at(&marks, 9), 0);
	assert_int_equal(kpl_marks_at(&marks, 10), 1);
	assert_int_equal(kpl_marks_at(&marks, 39), 3);
	assert_int_equal(kpl_marks_at(&marks, 1000), 4);
	assert_int_equal(kpl_marks_last(&marks), 40);
}

static void time_has_the_first_mark_at_or_after_it(void **state)
{
	(void)state;
	add(5);
	assert_int_equal(kpl_marks_since(&marks, 0), 0);
	assert_int_equal(kpl_marks_since(&marks, 1), 1);
	assert_int_equal(kpl_marks_since(&marks, 1000), 1);
	assert_int_equal(kpl_marks_since(&marks, 3001), 4);
	assert_int_equal(kpl_marks_since(&marks, 4001), 5);
}

static void newest_marks_are_kept(void **state)
{
	(void)state;
	add(SIZE + 5);
	assert_int_equal(kpl_marks_at(&marks, 0), 5);
	assert_int_equal(kpl_marks_at(&marks, 59), 5);
	assert_int_equal(kpl_marks_at(&marks, 60), 6);
	assert_int_equal(kpl_marks_since(&marks, 0), 5);
	assert_int_equal(kpl_marks_get(&marks, 12)->pos, 120);
	assert_int_equal(kpl_marks_get(&marks, 5)->ns, 5000);
}

#define TEST(name)	cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_marks_there_is_none),
		TEST(position_has_the_last_mark_at_or_before_it),
		TEST(time_has_the_first_mark_at_or_after_it),
		TEST(newest_marks_are_kept),
	};

	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
