// SPDX-License-Identifier: GPL-2.0-only
#include "told.h"

#include "cmocka_all.h"

#include <stdio.h>

#include "base/users.h"
#include "daemon/fdshare.h"
#include "daemon/recorder.h"
#include "fake_clock.h"

const char *user_name(uid_t uid, char out[USER_NAME_SIZE])
{
	sprintf(out, "u%d", (int)uid);
	return out;
}

void recorder_rest(struct recorder *recorder)
{
	(void)recorder;
}

static struct recorder of_owner(uid_t uid)
{
	struct recorder recorder = { .facts.uid = uid, .payer = uid };

	recorder.decision.value[POLICY_LOG] = POLICY_LOG_RAW;
	return recorder;
}

static struct fdshare share_of(size_t max)
{
	struct fdshare share = { .max = max };

	fake_now_ms = 1000;
	told_count = 0;
	return share;
}

static void test_owners_that_are_gone_take_no_place(void **state)
{
	struct fdshare share = share_of(9);

	(void)state;
	for (uid_t uid = 1; uid < 10000; uid++) {
		struct recorder recorder = of_owner(uid);

		assert_true(fdshare_enter(&share, &recorder, &recorder));
		assert_int_equal(share.used, 3);
		fdshare_leave(&share, &recorder);
		assert_int_equal(share.used, 0);
	}
	assert_int_equal(share.count, 1);
	fdshare_free(&share);
}

/* Or who comes and goes would have it told each time. */
static void test_what_was_told_a_moment_ago_is_remembered(void **state)
{
	struct fdshare share = share_of(3);
	struct recorder one = of_owner(1);
	struct recorder two = of_owner(1);
	struct recorder other = of_owner(2);

	(void)state;
	one.next = &two;
	for (int i = 0; i < 5; i++) {
		assert_true(fdshare_enter(&share, &one, &one));
		assert_false(fdshare_enter(&share, &one, &two));
		fdshare_leave(&share, &two);
		fdshare_leave(&share, &one);
		assert_true(fdshare_enter(&share, &other, &other));
		fdshare_leave(&share, &other);
	}
	assert_int_equal(share.count, 2);
	assert_int_equal(told_count, 2);
	/* A minute later nobody knows of it any more. */
	fake_now_ms += 61000;
	other.payer = 3;
	assert_true(fdshare_enter(&share, &other, &other));
	assert_int_equal(share.count, 2);
	assert_int_equal(share.owners[0].uid, 3);
	fdshare_free(&share);
}

/* Of who has more the newest waits, and of nobody who would then have less. */
static void test_who_has_less_takes_from_who_has_more(void **state)
{
	struct fdshare share = share_of(6);
	struct recorder one = of_owner(1);
	struct recorder two = of_owner(1);
	struct recorder other = of_owner(2);
	struct recorder more = of_owner(2);

	(void)state;
	one.next = &two;
	two.next = &other;
	other.next = &more;
	assert_true(fdshare_enter(&share, &one, &one));
	assert_true(fdshare_enter(&share, &one, &two));
	assert_true(fdshare_enter(&share, &one, &other));
	assert_true(two.waits);
	assert_false(one.waits);
	assert_false(fdshare_enter(&share, &one, &more));
	assert_int_equal(share.used, 6);
	assert_int_equal(share.waiting, 2);
	fdshare_leave(&share, &one);
	assert_ptr_equal(fdshare_next(&share, &one), &two);
	fdshare_free(&share);
}

/* Whoever is many users has the share of one, and each that is opened is given back. */
static void test_a_user_has_one_share_with_all_subordinate_uids(void **state)
{
	struct fdshare share = share_of(9);
	struct recorder subordinate[4];
	struct recorder other = of_owner(2);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		subordinate[i] = of_owner(1);
		subordinate[i].facts.uid = (uid_t)(100000 + i);
		subordinate[i].next = i < 3 ? &subordinate[i + 1] : &other;
	}
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(fdshare_enter(&share, subordinate, &subordinate[i]), i < 3);
	assert_int_equal(share.count, 1);
	assert_true(fdshare_enter(&share, subordinate, &other));
	assert_true(subordinate[2].waits);
	for (size_t i = 0; i < 4; i++)
		fdshare_leave(&share, &subordinate[i]);
	fdshare_leave(&share, &other);
	assert_int_equal(share.used, 0);
	assert_int_equal(share.waiting, 0);
	fdshare_free(&share);
}

static void follow(struct recorder *before, struct recorder *after)
{
	before->next = after;
	before->after = after;
	after->before = before;
}

/* It writes nothing before the earlier one is through. */
static void test_a_life_takes_nothing_before_an_earlier_one_that_waits(void **state)
{
	struct fdshare share = share_of(6);
	struct recorder guest = of_owner(1);
	struct recorder other = of_owner(1);
	struct recorder one = of_owner(1);
	struct recorder two = of_owner(1);
	struct recorder three = of_owner(1);

	(void)state;
	guest.next = &other;
	other.next = &one;
	follow(&one, &two);
	follow(&two, &three);
	assert_true(fdshare_enter(&share, &guest, &guest));
	assert_true(fdshare_enter(&share, &guest, &other));
	assert_false(fdshare_enter(&share, &guest, &one));
	fdshare_leave(&share, &guest);
	assert_false(fdshare_enter(&share, &guest, &two));
	assert_false(fdshare_enter(&share, &guest, &three));
	assert_ptr_equal(fdshare_next(&share, &guest), &one);
	assert_true(fdshare_enter(&share, &guest, &one));
	assert_null(fdshare_next(&share, &guest));
	fdshare_leave(&share, &other);
	assert_ptr_equal(fdshare_next(&share, &guest), &two);
	/* It had none: what the third waits for may be that alone. */
	fdshare_leave(&share, &two);
	two.done = true;
	assert_ptr_equal(fdshare_next(&share, &guest), &three);
	fdshare_free(&share);
}

static void test_one_that_waits_for_nobody_is_next_when_the_earlier_life_is_reaped(void **state)
{
	struct fdshare share = share_of(5);
	struct recorder guest = of_owner(1);
	struct recorder one = of_owner(1);
	struct recorder two = of_owner(1);

	(void)state;
	one.decision.value[POLICY_LOG] = POLICY_LOG_RAW | POLICY_LOG_CLEAN;
	two.decision.value[POLICY_LOG] = POLICY_LOG_JOURNAL;
	guest.next = &one;
	follow(&one, &two);
	assert_true(fdshare_enter(&share, &guest, &guest));
	assert_false(fdshare_enter(&share, &guest, &one));
	assert_false(fdshare_enter(&share, &guest, &two));
	assert_null(fdshare_next(&share, &guest));
	fdshare_leave(&share, &one);
	assert_ptr_equal(fdshare_next(&share, &guest), &two);
	fdshare_free(&share);
}

/* The policy is another one. */
static void test_what_needs_more_has_that_of_its_next_lives(void **state)
{
	struct fdshare share = share_of(6);
	struct recorder one = of_owner(1);
	struct recorder two = of_owner(1);

	(void)state;
	follow(&one, &two);
	assert_true(fdshare_enter(&share, &one, &one));
	assert_true(fdshare_enter(&share, &one, &two));
	one.decision.value[POLICY_LOG] = POLICY_LOG_RAW | POLICY_LOG_JOURNAL;
	assert_false(fdshare_enter(&share, &one, &one));
	assert_true(two.waits);
	assert_int_equal(share.used, 0);
	assert_int_equal(share.waiting, 2);
	assert_ptr_equal(fdshare_next(&share, &one), &one);
	assert_true(fdshare_enter(&share, &one, &one));
	assert_int_equal(share.used, 5);
	fdshare_free(&share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners_that_are_gone_take_no_place),
		cmocka_unit_test(test_what_was_told_a_moment_ago_is_remembered),
		cmocka_unit_test(test_who_has_less_takes_from_who_has_more),
		cmocka_unit_test(test_a_user_has_one_share_with_all_subordinate_uids),
		cmocka_unit_test(test_a_life_takes_nothing_before_an_earlier_one_that_waits),
		cmocka_unit_test(
			test_one_that_waits_for_nobody_is_next_when_the_earlier_life_is_reaped),
		cmocka_unit_test(test_what_needs_more_has_that_of_its_next_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
