// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/users.h"
#include "fake_clock.h"

static size_t looks;
static int failure; /* that it cannot be looked for */
static char name[80];

/* Instead of the system's users. */
struct passwd *__wrap_getpwuid(uid_t uid);
struct passwd *__wrap_getpwuid(uid_t uid)
{
	static struct passwd user = { .pw_name = name };

	looks++;
	if (failure) {
		errno = failure;
		return NULL;
	}
	if (uid >= 5000)
		return NULL;
	snprintf(name, sizeof(name), "user%u", uid);
	return &user;
}

static void expect_name(uid_t uid, const char *wanted)
{
	char out[USER_NAME_SIZE];

	assert_string_equal(user_name(uid, out), wanted);
	assert_ptr_equal(user_name(uid, out), out);
}

static void test_a_thousand_guests_of_a_few_users_are_few_looks(void **state)
{
	(void)state;
	looks = 0;
	for (int guest = 0; guest < 1000; guest++) {
		expect_name(1000, "user1000");
		expect_name(1001, "user1001");
		expect_name(5000, "5000");
		expect_name(0, "user0");
	}
	assert_int_equal(looks, 4);
}

static void test_what_was_found_holds_for_some_seconds(void **state)
{
	(void)state;
	expect_name(7, "user7");
	looks = 0;
	fake_now_ms += 9000;
	expect_name(7, "user7");
	assert_int_equal(looks, 0);
	fake_now_ms += 1000;
	expect_name(7, "user7");
	assert_int_equal(looks, 1);
}

static void test_users_of_one_place_are_not_taken_for_each_other(void **state)
{
	(void)state;
	for (uid_t uid = 0; uid < 4500; uid++) {
		char wanted[16];

		snprintf(wanted, sizeof(wanted), "user%u", uid);
		expect_name(uid, wanted);
	}
	expect_name(1, "user1");
	expect_name(4097, "user4097");
	expect_name(1, "user1");
}

static void test_who_could_not_be_looked_for_has_the_name_that_was_known(void **state)
{
	(void)state;
	expect_name(20, "user20");
	fake_now_ms += 10000;
	failure = EMFILE;
	expect_name(20, "user20");
	expect_name(21, "21");
	failure = 0;
	expect_name(21, "21");
	fake_now_ms += 1000;
	expect_name(21, "user21");
}

/* Several libraries of names say that there is none in these ways. */
static void test_who_is_not_there_is_no_failure(void **state)
{
	(void)state;
	expect_name(22, "user22");
	fake_now_ms += 10000;
	failure = ENOENT;
	expect_name(22, "22");
	failure = 0;
	fake_now_ms += 1000;
	expect_name(22, "22");
	fake_now_ms += 9000;
	expect_name(22, "user22");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thousand_guests_of_a_few_users_are_few_looks),
		cmocka_unit_test(test_what_was_found_holds_for_some_seconds),
		cmocka_unit_test(test_users_of_one_place_are_not_taken_for_each_other),
		cmocka_unit_test(test_who_could_not_be_looked_for_has_the_name_that_was_known),
		cmocka_unit_test(test_who_is_not_there_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
