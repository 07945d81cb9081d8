// SPDX-License-Identifier: GPL-2.0-only
#include "told.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "daemon/sums.h"
#include "daemon/usersums.h"
#include "fake_clock.h"
#include "fake_loop.h"

static struct usersums *all;

static int setup(void **state)
{
	(void)state;
	fake_now_ms = 1000;
	fake_event_count = 0;
	told_count = 0;
	told[0] = '\0';
	all = usersums_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	usersums_free(all);
	all = NULL;
	return 0;
}

static void a_minute_later(void)
{
	fake_now_ms += SUMS_EVERY_MS;
	assert_true(fake_happens(0));
}

static void test_each_owner_has_sums_of_its_own(void **state)
{
	(void)state;
	assert_true(usersums_add(all, 1, "refused, no", "a (process 1)", 0));
	assert_int_equal(fake_events[0]->ms, SUMS_EVERY_MS);
	for (int i = 0; i < 300; i++)
		assert_false(usersums_add(all, 1, "refused, no", "b (process 2)", 0));
	/* Nobody else's is kept back for that, nor another cause. */
	assert_true(usersums_add(all, 2, "refused, no", "c", 0));
	assert_true(usersums_add(all, -1, "refused, no", "d", 0));
	assert_true(usersums_add(all, 1, "attached", "e", 0));
	assert_int_equal(told_count, 0);
	a_minute_later();
	assert_int_equal(told_count, 1);
	assert_string_equal(told,
			    "user u1, 300 times more: refused, no; the last was b (process 2)");
	/* And so on each minute, at once when it was still for one. */
	assert_false(usersums_add(all, 1, "refused, no", "f", 0));
	assert_true(usersums_add(all, 2, "refused, no", "c", 0));
	a_minute_later();
	assert_string_equal(told, "f: refused, no");
	a_minute_later();
	assert_true(usersums_add(all, 1, "refused, no", "f", 0));
	assert_int_equal(told_count, 2);
}

static void test_a_user_is_one_with_all_subordinate_uids(void **state)
{
	int told_at_once = 0;

	(void)state;
	for (uid_t uid = 100000; uid < 165536; uid++)
		told_at_once += usersums_add(all, uid, "refused, no", "a", 0);
	told_at_once += usersums_add(all, 1, "refused, no", "a", 0);
	assert_int_equal(told_at_once, 1);
	a_minute_later();
	assert_string_equal(told, "user u1, 65536 times more: refused, no; the last was a");
}

static void test_bytes_are_summed_up_and_told_at_the_end(void **state)
{
	(void)state;
	assert_true(usersums_add(all, -1, "bytes were lost", "a", 10));
	assert_false(usersums_add(all, -1, "bytes were lost", "a", 20));
	assert_false(usersums_add(all, -1, "bytes were lost", "b", 30));
	usersums_free(all);
	all = NULL;
	assert_string_equal(told, "the daemon's own user, 2 times more: 50 bytes were lost; the "
				  "last was b");
	/* Without any, each is told. */
	assert_true(usersums_add(NULL, 1, "x", "y", 0));
	assert_true(usersums_add(NULL, 1, "x", "y", 0));
}

/* A user may have the numbers of thousands. */
static void test_owners_without_number_are_told_together(void **state)
{
	int told_at_once = 0;

	(void)state;
	for (int uid = 1; uid <= 10000; uid++)
		told_at_once += usersums_add(all, uid, "refused, no", "a", 0);
	assert_int_equal(told_at_once, USERSUMS_OWNERS + 1);
	a_minute_later();
	assert_int_equal(told_count, 1);
	assert_string_equal(told, "several users, 9743 times more: refused, no; the last was a");
	a_minute_later();
	assert_true(usersums_add(all, 9999, "refused, no", "a", 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_owner_has_sums_of_its_own),
		TEST(test_a_user_is_one_with_all_subordinate_uids),
		TEST(test_bytes_are_summed_up_and_told_at_the_end),
		TEST(test_owners_without_number_are_told_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
