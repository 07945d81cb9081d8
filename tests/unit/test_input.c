// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/input.c: who may type, what a writer is told of room, and when the device
 * is told of what was typed.
 */
#include "kernel_host.h"

#include <linux/sched.h>
#include <linux/string.h>

#include "input.h"

#define DR_BE	0x400	/* a break, as the device receives it */

static struct kpl_input input;
static struct kpl_wake sleepers;
static struct kpl_typist alice, bob;
static unsigned int told; /* how often the device was */
static u16 pulled[KPL_INPUT_QUEUE];
static const u8 paste[KPL_INPUT_QUEUE + 10];

static struct pid processes[] = { { .number = 10 }, { .number = 20 } };
static struct task_struct tasks[] = {
	{ .comm = "alice", .process = &processes[0] },
	{ .comm = "bob", .process = &processes[1] },
};
struct task_struct *current = tasks;

static void ready(void *taker)
{
	assert_ptr_equal(taker, &told);
	assert_false(input.lock.held);
	told++;
}

static int set_up(void **state)
{
	(void)state;
	memset(&input, 0, sizeof(input));
	memset(&sleepers, 0, sizeof(sleepers));
	memset(&alice, 0, sizeof(alice));
	memset(&bob, 0, sizeof(bob));
	alice.input = bob.input = &input;
	processes[0].refs = processes[1].refs = 1;
	told = 0;
	kpl_input_init(&input, &sleepers, ready, &told);
	assert_int_equal(kpl_input_open(&input), 0);
	assert_int_equal(kpl_input_open(&input), 0);
	return 0;
}

/* Nobody keeps a process longer than its file. */
static int tear_down(void **state)
{
	(void)state;
	kpl_input_forget(&alice);
	kpl_input_forget(&bob);
	assert_null(input.holder);
	assert_int_equal(processes[0].refs, 1);
	assert_int_equal(processes[1].refs, 1);
	kpl_input_free(&input);
	return 0;
}

static ssize_t types(struct kpl_typist *typist, const char *text)
{
	return kpl_input_write(typist, kpl_input_begin(typist), (const u8 *)text,
			       strlen(text));
}

static int takes(struct kpl_typist *typist, bool force)
{
	current = typist == &alice ? &tasks[0] : &tasks[1];
	return kpl_input_take(typist, force);
}

static unsigned int pull(unsigned int n)
{
	bool more;

	n = kpl_input_pull(&input, pulled, n, &more);
	assert_int_equal(more, !kpl_input_is_empty(&input));
	assert_false(input.lock.held);
	return n;
}

static void characters_come_in_order(void **state)
{
	(void)state;
	assert_true(kpl_input_is_empty(&input));
	assert_int_equal(pull(5), 0);
	assert_int_equal(types(&alice, "ab"), 2);
	assert_int_equal(told, 1);
	assert_int_equal(kpl_input_inject(&bob, DR_BE, true), 0);
	assert_int_equal(told, 2);
	assert_int_equal(types(&bob, "c"), 1);
	assert_int_equal(pull(2), 2);
	assert_int_equal(pulled[0], 'a');
	assert_int_equal(pulled[1], 'b');
	assert_int_equal(pull(5), 2);
	assert_int_equal(pulled[0], DR_BE);
	assert_int_equal(pulled[1], 'c');
	assert_true(kpl_input_is_empty(&input));
}

static void what_was_typed_is_counted(void **state)
{
	struct kpl011_info info;

	(void)state;
	assert_int_equal(types(&alice, "abc"), 3);
	assert_int_equal(kpl_input_inject(&alice, DR_BE, true), 0);
	assert_int_equal(kpl_input_inject(&alice, 'd', false), 0);
	assert_int_equal(pull(2), 2);
	kpl_input_info(&input, &info);
	assert_int_equal(info.rx_bytes, 4);
	assert_int_equal(info.rx_breaks, 1);
	assert_int_equal(info.rx_queued, 3);
}

static void writers_wait_for_room_and_are_woken_once(void **state)
{
	u32 others = kpl_input_begin(&alice);

	(void)state;
	assert_int_equal(kpl_input_write(&alice, others, paste, sizeof(paste)),
			 KPL_INPUT_QUEUE);
	assert_true(kpl_input_waits(&alice, others));
	assert_false(kpl_input_writable(&input));
	assert_int_equal(kpl_input_write(&alice, others, paste, 1), 0);
	assert_int_equal(kpl_input_inject(&alice, 'a', false), -EAGAIN);
	assert_int_equal(pull(KPL_INPUT_ROOM - 1), KPL_INPUT_ROOM - 1);
	assert_true(kpl_input_waits(&alice, others));
	assert_int_equal(sleepers.woken, 0);
	assert_int_equal(pull(1), 1);
	assert_false(kpl_input_waits(&alice, others));
	assert_true(kpl_input_writable(&input));
	assert_int_equal(sleepers.woken, 1);
	assert_int_equal(pull(1), 1);
	assert_int_equal(sleepers.woken, 1);
}

static void holder_alone_types(void **state)
{
	(void)state;
	assert_int_equal(takes(&alice, false), 0);
	assert_int_equal(types(&bob, "b"), -EBUSY);
	assert_int_equal(kpl_input_inject(&bob, 'b', false), -EBUSY);
	assert_int_equal(takes(&bob, false), -EBUSY);
	/* Nothing was queued, so nobody was told. */
	assert_int_equal(told, 0);
	assert_int_equal(types(&alice, "a"), 1);
	kpl_input_give(&bob);
	assert_int_equal(types(&bob, "b"), -EBUSY);
	kpl_input_give(&alice);
	assert_int_equal(types(&bob, "b"), 1);
}

static void who_lost_the_input_is_told_once_by_whom(void **state)
{
	struct kpl011_input args = { 0 };

	(void)state;
	assert_int_equal(takes(&alice, false), 0);
	assert_int_equal(sleepers.woken, 1);
	assert_int_equal(takes(&alice, true), 0);
	assert_int_equal(sleepers.woken, 1);
	kpl_input_status(&bob, &args);
	assert_int_equal(args.status, KPL011_INPUT_OTHER);
	assert_int_equal(args.pid, 10);
	assert_string_equal(args.comm, "alice");

	assert_int_equal(takes(&bob, true), 0);
	assert_int_equal(sleepers.woken, 2);
	assert_true(alice.lost);
	kpl_input_status(&bob, &args);
	assert_int_equal(args.status, KPL011_INPUT_MINE);
	kpl_input_give(&bob);
	kpl_input_status(&alice, &args);
	assert_int_equal(args.status, KPL011_INPUT_LOST);
	assert_int_equal(args.pid, 20);
	assert_string_equal(args.comm, "bob");
	kpl_input_status(&alice, &args);
	assert_int_equal(args.status, 0);
	assert_int_equal(args.pid, 0);
	assert_string_equal(args.comm, "");
}

static void who_could_not_be_told_of_the_loss_is_told_again(void **state)
{
	struct kpl011_input args = { 0 };

	(void)state;
	assert_int_equal(takes(&alice, false), 0);
	assert_int_equal(takes(&bob, true), 0);
	kpl_input_status(&alice, &args);
	sleepers.woken = 0;
	kpl_input_untell(&alice);
	assert_int_equal(sleepers.woken, 1);
	assert_true(alice.lost);
	kpl_input_status(&alice, &args);
	assert_int_equal(args.status, KPL011_INPUT_OTHER | KPL011_INPUT_LOST);
	assert_int_equal(args.pid, 20);
	/* Who has it again has lost nothing. */
	assert_int_equal(takes(&alice, true), 0);
	kpl_input_untell(&alice);
	assert_false(alice.lost);
}

/* Or what another file typed meanwhile would be in the middle of it. */
static void write_ends_if_another_file_has_held_the_input(void **state)
{
	u32 others = kpl_input_begin(&alice);

	(void)state;
	assert_int_equal(kpl_input_write(&alice, others, paste, 1), 1);
	assert_int_equal(takes(&alice, false), 0);
	kpl_input_give(&alice);
	assert_int_equal(kpl_input_write(&alice, others, paste, 1), 1);
	assert_int_equal(takes(&bob, false), 0);
	kpl_input_give(&bob);
	assert_int_equal(kpl_input_write(&alice, others, paste, 1), -EBUSY);
	assert_int_equal(types(&alice, "a"), 1);
}

static void closed_input_takes_nothing(void **state)
{
	u32 others = kpl_input_begin(&alice);

	(void)state;
	assert_int_equal(kpl_input_write(&alice, others, paste, sizeof(paste)),
			 KPL_INPUT_QUEUE);
	kpl_input_close(&input);
	told = 0;
	/* Nobody sleeps for room that is of no use. */
	assert_false(kpl_input_waits(&alice, others));
	assert_int_equal(kpl_input_write(&alice, others, paste, 1), -ENODEV);
	assert_int_equal(kpl_input_inject(&bob, 'b', false), -ENODEV);
	assert_int_equal(told, 0);
	assert_false(kpl_input_is_empty(&input));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(characters_come_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_typed_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(writers_wait_for_room_and_are_woken_once, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(holder_alone_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_lost_the_input_is_told_once_by_whom, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(who_could_not_be_told_of_the_loss_is_told_again,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(write_ends_if_another_file_has_held_the_input,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(closed_input_takes_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
