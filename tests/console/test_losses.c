// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include "daemon/losses.h"
#include "text/when.h"

#define SECOND ((int64_t)1000000000)

/* What time it is, in place of when.c. */
static int64_t now;

int64_t when_now(void)
{
	return now;
}

static void test_the_first_is_told_and_others_once_in_a_while(void **state)
{
	struct losses losses = { 0 };

	(void)state;
	now = 5 * SECOND;
	assert_int_equal(losses_add(&losses, 3), 3);
	assert_int_equal(losses_add(&losses, 4), 0);
	now += 60 * SECOND;
	assert_int_equal(losses_add(&losses, 5), 0);
	now += 1;
	/* With all that came meanwhile. */
	assert_int_equal(losses_add(&losses, 6), 15);
	assert_int_equal(losses_add(&losses, 7), 0);
	/* At the end the rest, once. */
	assert_int_equal(losses_rest(&losses), 7);
	assert_int_equal(losses_rest(&losses), 0);
	assert_int_equal(losses_add(&losses, 8), 0);
	now += 61 * SECOND;
	assert_int_equal(losses_add(&losses, 9), 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_is_told_and_others_once_in_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
