// SPDX-License-Identifier: GPL-2.0-only
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/recorder.h"
#include "daemon/recorders_tidy.h"
#include "fake_clock.h"
#include "fake_loop.h"

/* The guests of a test, and how often each was asked whether its port is there. */
#define GUESTS 8
static struct recorder guests[GUESTS];
static int there[GUESTS];
static int asked[GUESTS];
static bool freed[GUESTS];

static struct recorders all;

static size_t number_of(const struct recorder *recorder)
{
	return (size_t)(recorder - guests);
}

int recorder_is_there(const struct recorder *recorder)
{
	asked[number_of(recorder)]++;
	fake_now_ms++;
	return there[number_of(recorder)];
}

bool recorder_open(const struct recorder *recorder)
{
	(void)recorder;
	return false;
}

void recorder_look(struct recorder *recorder)
{
	(void)recorder;
}

void recorder_rest(struct recorder *recorder)
{
	(void)recorder;
}

void recorder_reap(const struct recorder *recorder)
{
	(void)recorder;
}

void recorder_forget(const struct recorder *recorder)
{
	(void)recorder;
}

void recorder_leaves(struct recorder *recorder)
{
	(void)recorder;
}

void recorder_add(struct recorder_sample *sum, const struct recorder_sample *sample)
{
	(void)sum;
	(void)sample;
}

void recorder_free(struct recorder *recorder)
{
	freed[number_of(recorder)] = true;
}

int64_t recorders_owner_of(const struct recorders *of, const struct recorder *recorder)
{
	(void)of;
	(void)recorder;
	return LOGNAME_OWN;
}

void naming_leave(struct naming *naming, struct recorder *recorder)
{
	(void)naming;
	(void)recorder;
}

void naming_ended(struct naming *naming, const struct recorder *recorder, int64_t owner)
{
	(void)naming;
	(void)recorder;
	(void)owner;
}

static int setup(void **state)
{
	(void)state;
	fake_now_ms = 1000;
	fake_event_count = 0;
	memset(&all, 0, sizeof(all));
	memset(guests, 0, sizeof(guests));
	memset(asked, 0, sizeof(asked));
	memset(freed, 0, sizeof(freed));
	all.tidying = loop_timer(NULL, NULL, NULL);
	for (size_t i = GUESTS; i-- > 0;) {
		guests[i].port.id = (uint32_t)i;
		guests[i].next = all.first;
		there[i] = 1;
		all.first = &guests[i];
		assert_true(index_set_id(&all.index, &guests[i]));
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	index_free(&all.index);
	loop_event_free(all.tidying);
	return 0;
}

/* Each question takes a millisecond: so many are asked. */
static bool tidy_for(uint64_t ms)
{
	return recorders_tidy(&all, clock_ns(), ms * 1000000 - 1);
}

static void test_all_are_asked_when_that_was_missed(void **state)
{
	(void)state;
	assert_false(tidy_for(100));
	assert_int_equal(asked[0], 0);
	there[3] = 0;
	recorders_missed(&all);
	assert_true(all.tidying->on);
	assert_false(tidy_for(100));
	for (size_t i = 0; i < GUESTS; i++) {
		assert_int_equal(asked[i], 1);
		assert_int_equal(freed[i], i == 3);
	}
	assert_false(tidy_for(100));
	assert_int_equal(asked[0], 1);
}

static void test_who_is_asked_for_before_its_turn_is_not_asked_twice(void **state)
{
	(void)state;
	recorders_missed(&all);
	assert_int_equal(recorders_know(&all, 5), 1);
	assert_int_equal(recorders_know(&all, 5), 1);
	assert_int_equal(asked[5], 1);
	assert_false(tidy_for(100));
	assert_int_equal(asked[5], 1);
	assert_int_equal(asked[6], 1);
}

static void test_it_is_missed_over_and_over(void **state)
{
	(void)state;
	there[GUESTS - 1] = 0;
	/* Two of them are asked in a turn. */
	for (int i = 0; i < GUESTS / 2; i++) {
		recorders_missed(&all);
		assert_true(tidy_for(2));
	}
	assert_int_equal(asked[0], 1);
	assert_int_equal(asked[GUESTS - 1], 1);
	assert_true(freed[GUESTS - 1]);
	/* The first ones are asked again, for what was missed since. */
	while (tidy_for(2))
		;
	assert_int_equal(asked[0], 2);
	assert_int_equal(asked[2], 2);
	assert_int_equal(asked[GUESTS - 2], 1);
	assert_int_equal(all.sure_of, all.missed);
}

static void test_what_is_to_be_done_is_done_meanwhile(void **state)
{
	(void)state;
	guests[6].done = true;
	recorders_missed(&all);
	there[6] = 0;
	recorders_gone(&all, 6);
	assert_true(tidy_for(1));
	assert_true(freed[6]);
	assert_int_equal(asked[1], 0);
}

static void test_who_cannot_be_asked_now_is_later(void **state)
{
	(void)state;
	there[2] = -EMFILE;
	recorders_missed(&all);
	assert_false(tidy_for(100));
	assert_true(all.tidying->on);
	assert_int_equal(asked[3], 0);
	there[2] = 0;
	assert_false(tidy_for(100));
	assert_true(freed[2]);
	assert_int_equal(asked[1], 1);
	assert_int_equal(asked[3], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_are_asked_when_that_was_missed),
		TEST(test_who_is_asked_for_before_its_turn_is_not_asked_twice),
		TEST(test_it_is_missed_over_and_over),
		TEST(test_what_is_to_be_done_is_done_meanwhile),
		TEST(test_who_cannot_be_asked_now_is_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
