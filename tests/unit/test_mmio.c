// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/mmio.c and kmod/pl011.c: when a guest that cleared a receive interrupt, and left its
 * characters, is told of them again, in ticks; and the line meanwhile. And who
 * takes characters that were queued.
 */
#include "pl011_host.h"

#include "kvm.h"
#include "mmio.h"

unsigned long jiffies;

static struct unit_shared shared;
static struct kpl_stream stream;
static struct kpl_input input;
static struct kpl_pl011 dev;

bool kpl_vm_set_line(struct kpl_vm *vm, bool level)
{
	assert_true(stream.lock.held);
	return true;
}

bool kpl_vm_line(struct kpl_vm *vm)
{
	fail_msg("no line is restored");
	return false;
}

void kpl_vm_leave_line(struct kpl_vm *vm)
{
	fail_msg("no port is detached");
}

bool kpl_vm_get(struct kpl_vm *vm)
{
	fail_msg("no port is detached");
	return false;
}

void kpl_vm_see_notes(struct kpl_vm *vm)
{
}

u32 kpl_vm_take_notes(struct kpl_vm *vm)
{
	return 0;
}

void kpl_page_init(struct kpl_pl011 *dev, bool wanted)
{
	assert_false(wanted);
}

void kpl_page_free(struct kpl_pl011 *dev)
{
}

void kpl_page_take_away(struct kpl_pl011 *dev)
{
}

void kpl_page_write(struct kpl_pl011 *dev)
{
	fail_msg("there is no page");
}

void kpl_page_try_map(struct kpl_pl011 *dev)
{
	fail_msg("there is no page");
}

/* Only the UART knows of one here. */
void kpl_page_begin(struct kpl_pl011 *dev)
{
	assert_false(stream.lock.held);
	kpl_uart_mirror(&dev->uart, false);
}

void kpl_page_end(struct kpl_pl011 *dev)
{
}

static void wr(u32 offset, u32 value)
{
	assert_int_equal(kpl_mmio_write(&dev, offset, 4, value), 0);
	assert_false(stream.lock.held);
}

static u32 rd(u32 offset)
{
	u32 value = kpl_mmio_read(&dev, offset, 4);

	assert_false(stream.lock.held);
	return value;
}

static void queue(const char *text)
{
	while (*text)
		input.ch[(input.out + input.queued++) % 64] = *text++;
}

static void type(const char *text)
{
	queue(text);
	kpl_pl011_ready(&dev);
	assert_false(stream.lock.held);
}

/* Ticks until the line is high, by the port's own timer; at most @limit. */
static unsigned long ticks_until_told(unsigned long limit)
{
	unsigned long begin = jiffies;

	while (!dev.place.level && jiffies - begin < limit) {
		jiffies++;
		if (dev.timeout.at <= jiffies)
			dev.timeout.fn(&dev.timeout.work);
	}
	return jiffies - begin;
}

/* A guest with FIFOs, and RX and RT or RX alone. */
static int set_up(void **state)
{
	(void)state;
	shared.head = 0;
	jiffies = 100;
	stream = (struct kpl_stream){ .ring.shared = &shared };
	input = (struct kpl_input){ 0 };
	dev = (struct kpl_pl011){ 0 };
	assert_int_equal(kpl_pl011_init(&dev, &stream, &input, NULL, 0, NULL), 0);
	wr(PL011_LCR_H, 0x70);
	wr(PL011_CR, 0x301);
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	return 0;
}

/* A handler that clears and does not read, until it is asked most seldom. */
static void ignore(void)
{
	unsigned int wait;

	for (wait = 1; wait <= 256; wait *= 2) {
		assert_true(dev.place.level);
		wr(PL011_ICR, PL011_INT_ALL);
		assert_false(dev.place.level);
		/* Whatever it writes meanwhile does not put it off. */
		jiffies += wait / 2;
		wr(PL011_ICR, PL011_INT_ALL);
		wr(PL011_IMSC, PL011_INT_RX);
		wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
		assert_int_equal(ticks_until_told(1000), wait - wait / 2);
	}
	wr(PL011_ICR, PL011_INT_ALL);
	assert_false(dev.place.level);
}

static void who_never_reads_is_told_ever_more_seldom(void **state)
{
	(void)state;
	type("a");
	ignore();
	assert_int_equal(ticks_until_told(1000), 256);
}

/* The wait was for a guest that did not listen: this one does again. */
static void new_character_is_told_of_again_after_a_tick(void **state)
{
	(void)state;
	type("a");
	ignore();
	type("b");
	assert_true(dev.place.level);
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(ticks_until_told(1000), 1);
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_DR), 'b');
	assert_false(dev.place.level);
}

static void who_reads_is_told_of_the_rest_after_a_tick(void **state)
{
	(void)state;
	type("abc");
	ignore();
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(ticks_until_told(1000), 1);
	/* One character for each interrupt, cleared before. */
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(rd(PL011_DR), 'b');
	assert_int_equal(ticks_until_told(1000), 1);
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(rd(PL011_DR), 'c');
	assert_int_equal(ticks_until_told(1000), 1000);
}

/* What is left of the old wait is for nobody after a flush. */
static void flushed_receiver_begins_anew(void **state)
{
	(void)state;
	type("a");
	ignore();
	wr(PL011_LCR_H, 0x60);
	wr(PL011_LCR_H, 0x70);
	type("b");
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(ticks_until_told(1000), 1);
}

static void nobody_is_told_when_the_port_has_ended(void **state)
{
	(void)state;
	type("a");
	dev.place.live = false;
	wr(PL011_ICR, PL011_INT_ALL);
	rd(PL011_FR);
	assert_true(dev.timeout.at == KPL_NEVER);
}

/* An access may come before whoever has queued a character gets further. */
static void who_comes_first_takes_what_was_queued(void **state)
{
	(void)state;
	queue("a");
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	queue("b");
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	assert_true(dev.place.level);
	kpl_pl011_ready(&dev);
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_DR), 'b');
	assert_false(dev.place.level);
}

/* A guest whose reads do not trap would find nothing where something is. */
static void nothing_is_taken_while_reads_do_not_trap(void **state)
{
	(void)state;
	kpl_uart_mirror(&dev.uart, true);
	queue("a");
	assert_int_equal(rd(PL011_DR), 0);
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	assert_false(dev.place.level);
	kpl_pl011_ready(&dev);
	assert_true(dev.place.level);
	assert_int_equal(rd(PL011_DR), 'a');
}

static void nothing_is_taken_when_the_port_has_ended(void **state)
{
	(void)state;
	queue("a");
	dev.place.live = false;
	kpl_pl011_ready(&dev);
	assert_int_equal(dev.uart.rx.count, 0);
	assert_false(kpl_input_is_empty(&input));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_never_reads_is_told_ever_more_seldom, set_up),
		cmocka_unit_test_setup(new_character_is_told_of_again_after_a_tick, set_up),
		cmocka_unit_test_setup(who_reads_is_told_of_the_rest_after_a_tick, set_up),
		cmocka_unit_test_setup(flushed_receiver_begins_anew, set_up),
		cmocka_unit_test_setup(nobody_is_told_when_the_port_has_ended, set_up),
		cmocka_unit_test_setup(who_comes_first_takes_what_was_queued, set_up),
		cmocka_unit_test_setup(nothing_is_taken_while_reads_do_not_trap, set_up),
		cmocka_unit_test_setup(nothing_is_taken_when_the_port_has_ended, set_up),
	};

	return cmocka_run_group_tests_name("mmio", tests, NULL, NULL);
}
