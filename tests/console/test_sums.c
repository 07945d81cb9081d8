// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sums.h"

#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

static void test_the_first_is_told_at_once_and_the_others_after_a_minute(void **state)
{
	struct sums sums = { 0 };
	struct sums_one sum;

	(void)state;
	assert_int_equal(sums_due(&sums), 0);
	assert_true(sums_add(&sums, "the budget", "a", 10, 1000));
	assert_int_equal(sums_due(&sums), 1000 + SUMS_EVERY_MS);
	for (int i = 0; i < 5000; i++)
		assert_false(sums_add(&sums, "the budget", i == 4999 ? "last" : "x", 3, 2000));
	assert_false(sums_take(&sums, SUMS_EVERY_MS, &sum));
	assert_true(sums_take(&sums, 1000 + SUMS_EVERY_MS, &sum));
	assert_string_equal(sum.cause, "the budget");
	assert_string_equal(sum.last, "last");
	assert_int_equal(sum.files, 5000);
	assert_int_equal(sum.bytes, 15000);
	assert_false(sums_take(&sums, 1000 + SUMS_EVERY_MS, &sum));
	/* And so each minute, as long as it goes on. */
	assert_false(sums_add(&sums, "the budget", "y", 7, 2000 + SUMS_EVERY_MS));
	assert_int_equal(sums_due(&sums), 1000 + 2 * SUMS_EVERY_MS);
	assert_true(sums_take(&sums, sums_due(&sums), &sum));
	assert_int_equal(sum.files, 1);
	assert_false(sums_take(&sums, sums_due(&sums), &sum));
	assert_int_equal(sums_due(&sums), 0);
	assert_true(sums_add(&sums, "the budget", "z", 1, 10 * SUMS_EVERY_MS));
}

static void test_each_cause_has_a_sum_of_its_own(void **state)
{
	struct sums sums = { 0 };
	struct sums_one sum;

	(void)state;
	assert_true(sums_add(&sums, "the budget", "a", 1, 0));
	assert_true(sums_add(&sums, "too many files", "b", 1, 10));
	assert_false(sums_add(&sums, "the budget", "c", 1, 20));
	assert_false(sums_add(&sums, "too many files", "d", 2, 20));
	assert_true(sums_take(&sums, UINT64_MAX, &sum));
	assert_string_equal(sum.cause, "the budget");
	assert_int_equal(sum.bytes, 1);
	assert_true(sums_take(&sums, UINT64_MAX, &sum));
	assert_string_equal(sum.cause, "too many files");
	assert_int_equal(sum.bytes, 2);
	assert_false(sums_take(&sums, UINT64_MAX, &sum));
	assert_int_equal(sums_due(&sums), 0);
}

/* As many as there are owners. */
static void test_more_causes_than_there_is_room_for_are_told_together(void **state)
{
	struct sums sums = { 0 };
	struct sums_one sum;
	unsigned int told = 0;
	char cause[32];
	uint64_t files = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(cause, sizeof(cause), "the budget of %d", i);
		told += sums_add(&sums, cause, "x", 1, 1);
		told += sums_add(&sums, cause, "x", 1, 1);
	}
	assert_int_equal(told, SUMS_CAUSES);
	while (sums_take(&sums, 1 + SUMS_EVERY_MS, &sum))
		files += sum.files;
	assert_string_equal(sum.cause, "for several reasons");
	assert_int_equal(files, 2000 - SUMS_CAUSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_is_told_at_once_and_the_others_after_a_minute),
		cmocka_unit_test(test_each_cause_has_a_sum_of_its_own),
		cmocka_unit_test(test_more_causes_than_there_is_room_for_are_told_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
