// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/flow.c: which readers hold up the writer, when they let it go on, and who
 * is dropped. The writer here puts out what it has whenever the stream takes it.
 */
#include <linux/kpl011.h>

#define SIZE	64
#define ROOM	(SIZE / 8)	/* FLOW_ROOM of flow.c */
#define MS	10
#define READERS	(KPL011_FLOW_FILES_MAX + 1)
#include "stream_host.h"

static void put_out(void)
{
	while (waiting && !held) {
		waiting--;
		kpl_stream_put(&stream, 'x');
	}
}

static void takes(void *writer, bool takes)
{
	assert_ptr_equal(writer, &stream);
	assert_true(stream.lock.held);
	/* Told of changes alone, and only once these are there. */
	assert_int_equal(held, takes);
	assert_int_equal(!stream.flow.held_since, takes);
	held = !takes;
	put_out();
}

static int set_up(void **state)
{
	(void)state;
	set_up_stream(100, takes);
	return 0;
}

static void guest_puts(unsigned int n)
{
	spin_lock(&stream.lock);
	waiting += n;
	put_out();
	spin_unlock(&stream.lock);
}

static void joins(unsigned int i)
{
	assert_int_equal(kpl_flow_join(&readers[i], false), 0);
	assert_false(stream.lock.held);
}

static void reads(unsigned int i, unsigned int n)
{
	files[i].f_pos += n;
	kpl_flow_advance(&readers[i]);
	assert_false(stream.lock.held);
}

static void time_passes(unsigned int ms)
{
	jiffies += (unsigned long)ms * NSEC_PER_MSEC;
	if (stream.flow.drop.at <= jiffies)
		stream.flow.drop.fn(&stream.flow.drop.work);
	assert_false(stream.lock.held);
}

static void nobody_is_waited_for_who_did_not_ask(void **state)
{
	(void)state;
	guest_puts(3 * SIZE);
	assert_false(held);
	assert_int_equal(waiting, 0);
	assert_int_equal(stream.flow.stalls, 0);
}

static void full_ring_holds_the_writer(void **state)
{
	(void)state;
	joins(0);
	guest_puts(SIZE - 1);
	assert_false(held);
	guest_puts(6);
	assert_true(held);
	assert_int_equal(waiting, 5);
	assert_int_equal(kpl_ring_head(&stream.ring), SIZE);
	assert_int_equal(stream.flow.stalls, 1);
}

static void writer_goes_on_once_an_eighth_was_read(void **state)
{
	(void)state;
	joins(0);
	guest_puts(SIZE + 5);
	reads(0, ROOM - 1);
	assert_true(held);
	reads(0, 1);
	assert_false(held);
	assert_int_equal(waiting, 0);
	assert_int_equal(kpl_ring_head(&stream.ring), SIZE + 5);
	assert_true(stream.flow.drop.at == KPL_NEVER);
}

/* The writer fills the ring again before it has been told all. */
static void writer_may_be_held_again_at_once(void **state)
{
	unsigned int stalls = 1;

	(void)state;
	joins(0);
	guest_puts(SIZE + 3 * ROOM + 1);
	while (waiting) {
		assert_true(held);
		assert_int_equal(stream.flow.stalls, stalls);
		reads(0, ROOM);
		stalls++;
		/* Nothing was lost. */
		assert_true(kpl_ring_oldest(&stream.ring) <= (u64)files[0].f_pos);
	}
	assert_false(held);
	assert_int_equal(stalls, 5);
	assert_int_equal(stream.flow.stalls, 4);
	assert_int_equal(kpl_ring_head(&stream.ring), SIZE + 3 * ROOM + 1);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_LOSSLESS);
}

static void slow_reader_is_dropped_and_told_once(void **state)
{
	(void)state;
	joins(0);
	guest_puts(SIZE + 5);
	time_passes(MS - 1);
	assert_true(held);
	time_passes(1);
	assert_false(held);
	assert_int_equal(waiting, 0);
	assert_int_equal(stream.flow.drops, 1);
	assert_int_equal(stream.flow.stall_ns, (u64)MS * NSEC_PER_MSEC);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_DROPPED);
	assert_int_equal(kpl_flow_status(&readers[0]), 0);
	/* Or once more, if it could not be told; but not if it has joined again. */
	kpl_flow_untell(&readers[0]);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_DROPPED);
	joins(0);
	kpl_flow_untell(&readers[0]);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_LOSSLESS);
}

/* Its bytes were kept for another reader; it has no part in how the time went. */
static void who_came_meanwhile_is_not_dropped_with_the_slow(void **state)
{
	(void)state;
	joins(0);
	guest_puts(SIZE + 5);
	joins(1);
	time_passes(MS);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_DROPPED);
	assert_int_equal(kpl_flow_status(&readers[1]), KPL011_FLOW_LOSSLESS);
	assert_false(held);
	assert_int_equal(waiting, 0);
	/* But nobody is waited for again before new time is given. */
	guest_puts(ROOM);
	assert_false(held);
	assert_int_equal(kpl_flow_status(&readers[1]), KPL011_FLOW_DROPPED);
}

static void who_joins_at_the_start_of_a_full_ring_holds_it(void **state)
{
	(void)state;
	guest_puts(SIZE);
	assert_false(held);
	joins(0);
	assert_true(held);
	guest_puts(1);
	assert_int_equal(waiting, 1);
	kpl_flow_leave(&readers[0]);
	assert_false(held);
	assert_int_equal(waiting, 0);
	assert_int_equal(kpl_flow_status(&readers[0]), 0);
}

/* Who is dropped makes room for the bytes that wait, and these may fill it again. */
static void who_holds_next_has_time_of_its_own(void **state)
{
	u64 head;

	(void)state;
	joins(0);
	joins(1);
	reads(1, 0);
	guest_puts(SIZE);
	assert_true(held);
	reads(1, ROOM + 2);
	guest_puts(SIZE);
	time_passes(MS);
	assert_true(readers[0].flow_dropped);
	assert_true(held);
	head = kpl_ring_head(&stream.ring);
	assert_int_equal(head, SIZE + ROOM + 2);
	time_passes(MS - 1);
	assert_true(held);
	assert_int_equal(kpl_ring_head(&stream.ring), head);
	assert_false(readers[1].flow_dropped);
	time_passes(1);
	assert_true(readers[1].flow_dropped);
}

static void closed_stream_holds_nobody(void **state)
{
	(void)state;
	joins(0);
	spin_lock(&stream.lock);
	stream.closed = true;
	spin_unlock(&stream.lock);
	guest_puts(SIZE);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_LOSSLESS);
	guest_puts(1);
	assert_false(held);
	assert_int_equal(waiting, 0);
	assert_int_equal(kpl_flow_status(&readers[0]), KPL011_FLOW_DROPPED);
}

/* What was held back when the writer left comes out before readers are woken. */
static void last_bytes_come_before_the_end(void **state)
{
	unsigned int woken;

	(void)state;
	joins(0);
	guest_puts(SIZE + 5);
	spin_lock(&stream.lock);
	stream.closed = true;
	spin_unlock(&stream.lock);
	assert_true(stream.flow.held_since);
	woken = stream.wake.woken;
	reads(0, ROOM);
	assert_false(stream.flow.held_since);
	assert_int_equal(kpl_ring_head(&stream.ring), SIZE + 5);
	assert_true(stream.wake.woken > woken);
}

static void places_are_left_for_others(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < KPL011_FLOW_STRANGERS_MAX; i++)
		assert_int_equal(kpl_flow_join(&readers[i], true), 0);
	assert_int_equal(kpl_flow_join(&readers[i], true), -EDQUOT);
	for (; i < KPL011_FLOW_FILES_MAX; i++)
		joins(i);
	assert_int_equal(kpl_flow_join(&readers[i], false), -EDQUOT);
	/* Who is there already may say so again. */
	joins(0);
	kpl_flow_leave(&readers[0]);
	assert_int_equal(kpl_flow_join(&readers[i], true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_is_waited_for_who_did_not_ask, set_up),
		cmocka_unit_test_setup(full_ring_holds_the_writer, set_up),
		cmocka_unit_test_setup(writer_goes_on_once_an_eighth_was_read, set_up),
		cmocka_unit_test_setup(writer_may_be_held_again_at_once, set_up),
		cmocka_unit_test_setup(slow_reader_is_dropped_and_told_once, set_up),
		cmocka_unit_test_setup(who_came_meanwhile_is_not_dropped_with_the_slow, set_up),
		cmocka_unit_test_setup(who_joins_at_the_start_of_a_full_ring_holds_it, set_up),
		cmocka_unit_test_setup(who_holds_next_has_time_of_its_own, set_up),
		cmocka_unit_test_setup(closed_stream_holds_nobody, set_up),
		cmocka_unit_test_setup(last_bytes_come_before_the_end, set_up),
		cmocka_unit_test_setup(places_are_left_for_others, set_up),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
