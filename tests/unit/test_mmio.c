// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/mmio.c: when a guest that cleared a receive interrupt, and left its
 * characters, is told of them again, in ticks; and the line meanwhile.
 */
#include "mmio_port.h"

#include "kvm.h"
#include "mmio.h"

unsigned long jiffies;

static struct kpl_port port;
static struct unit_shared shared;

bool kpl_vm_set_line(struct kpl_vm *vm, bool level)
{
	assert_true(port.stream.lock.held);
	return true;
}

void kpl_page_write(struct kpl_port *port)
{
	fail_msg("there is no page");
}

void kpl_page_try_map(struct kpl_port *port)
{
	fail_msg("there is no page");
}

void kpl_page_begin(struct kpl_port *port)
{
}

void kpl_page_end(struct kpl_port *port)
{
}

static void wr(u32 offset, u32 value)
{
	assert_int_equal(kpl_mmio_write(&port, offset, 4, value), 0);
	assert_false(port.stream.lock.held);
}

static u32 rd(u32 offset)
{
	u32 value = kpl_mmio_read(&port, offset, 4);

	assert_false(port.stream.lock.held);
	return value;
}

static void type(const char *text)
{
	spin_lock(&port.stream.lock);
	while (*text)
		port.input.ch[port.input.in++ % 64] = *text++;
	kpl_mmio_receive(&port);
	spin_unlock(&port.stream.lock);
}

/* Ticks until the line is high, by the port's own timer; at most @limit. */
static unsigned long ticks_until_told(unsigned long limit)
{
	unsigned long begin = jiffies;

	while (!port.line && jiffies - begin < limit) {
		jiffies++;
		spin_lock(&port.stream.lock);
		if (port.timeout.at <= jiffies)
			kpl_mmio_timeout(&port);
		spin_unlock(&port.stream.lock);
	}
	return jiffies - begin;
}

/* A guest with FIFOs, and RX and RT or RX alone. */
static int set_up(void **state)
{
	(void)state;
	shared.head = 0;
	jiffies = 100;
	port = (struct kpl_port){
		.live = true,
		.stream.ring.shared = &shared,
		.timeout.at = KPL_NEVER,
	};
	kpl_uart_init(&port.uart, false);
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
		assert_true(port.line);
		wr(PL011_ICR, PL011_INT_ALL);
		assert_false(port.line);
		/* Whatever it writes meanwhile does not put it off. */
		jiffies += wait / 2;
		wr(PL011_ICR, PL011_INT_ALL);
		wr(PL011_IMSC, PL011_INT_RX);
		wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
		assert_int_equal(ticks_until_told(1000), wait - wait / 2);
	}
	wr(PL011_ICR, PL011_INT_ALL);
	assert_false(port.line);
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
	assert_true(port.line);
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(ticks_until_told(1000), 1);
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_DR), 'b');
	assert_false(port.line);
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
	port.live = false;
	wr(PL011_ICR, PL011_INT_ALL);
	rd(PL011_FR);
	assert_true(port.timeout.at == KPL_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_never_reads_is_told_ever_more_seldom, set_up),
		cmocka_unit_test_setup(new_character_is_told_of_again_after_a_tick, set_up),
		cmocka_unit_test_setup(who_reads_is_told_of_the_rest_after_a_tick, set_up),
		cmocka_unit_test_setup(flushed_receiver_begins_anew, set_up),
		cmocka_unit_test_setup(nobody_is_told_when_the_port_has_ended, set_up),
	};

	return cmocka_run_group_tests_name("mmio", tests, NULL, NULL);
}
