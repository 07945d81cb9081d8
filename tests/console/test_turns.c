// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "guests/turns.h"

#define MS UINT64_C(1000000)

/* Long after its start, as the clock of a machine is. */
#define START (UINT64_C(3600) * 1000 * MS)

/* For how long of @ms one that always has something is read, in turns of 1 ms. */
static uint64_t read_in(struct turns *turns, uint64_t *now, uint64_t ms, uint64_t typed, bool seen)
{
	uint64_t end = *now + ms * MS;
	uint64_t read = 0;

	while (*now < end) {
		if (turns_begin(turns, *now, typed, seen)) {
			*now += MS;
			turns_end(turns, *now);
			read++;
		} else {
			*now += turns_rest_ms(turns, *now) * MS;
		}
	}
	return read;
}

static void test_who_is_looked_at_has_all_while_nobody_types(void **state)
{
	struct turns turns = { 0 };
	uint64_t now = START;

	(void)state;
	assert_int_equal(read_in(&turns, &now, 1000, 0, true), 1000);
	turns_typed(&turns, now);
	/* With a millisecond more for the timer of each slice. */
	assert_in_range(read_in(&turns, &now, 900, 0, true), 400, 480);
	now += 100 * MS;
	assert_int_equal(read_in(&turns, &now, 1000, 0, true), 1000);
}

static void test_who_is_not_looked_at_has_half(void **state)
{
	struct turns turns = { 0 };
	uint64_t now = START;

	(void)state;
	assert_in_range(read_in(&turns, &now, 1000, 0, false), 450, 520);
}

static void test_who_is_typed_at_has_all(void **state)
{
	struct turns turns = { 0 };
	uint64_t now = START;

	(void)state;
	turns_typed(&turns, now);
	assert_int_equal(read_in(&turns, &now, 900, START, true), 900);
}

static void test_what_one_has_for_free_is_not_taken_from_the_others(void **state)
{
	struct turns turns = { 0 };
	uint64_t now = START;

	(void)state;
	for (int i = 0; i < 15; i++) {
		assert_true(turns_begin(&turns, now, 0, true));
		now += MS;
		turns_end(&turns, now);
	}
	assert_true(turns_begin(&turns, now, 0, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_looked_at_has_all_while_nobody_types),
		cmocka_unit_test(test_who_is_not_looked_at_has_half),
		cmocka_unit_test(test_who_is_typed_at_has_all),
		cmocka_unit_test(test_what_one_has_for_free_is_not_taken_from_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
