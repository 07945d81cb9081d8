// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: the receiver. */
#include "uart_fixture.h"

static void one_received_byte_reaches_the_guest_by_timeout(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, 'a');
	assert_true(kpl_uart_irq(&uart));
	assert_int_equal(rd(PL011_MIS), PL011_INT_RT);
	assert_int_equal(rd(PL011_DR), 'a');
	assert_false(kpl_uart_irq(&uart));
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
}

static void timeout_waits_while_more_is_coming(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_idle(&uart, false);
	kpl_uart_rx_push(&uart, 'a');
	kpl_uart_rx_idle(&uart, false);
	assert_false(kpl_uart_irq(&uart));
	kpl_uart_rx_idle(&uart, true);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RT);
}

static void timeout_needs_its_mask(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, 0);
	kpl_uart_rx_push(&uart, 'a');
	assert_int_equal(rd(PL011_RIS), 0);
	wr(PL011_IMSC, PL011_INT_RT);
	assert_true(kpl_uart_irq(&uart));
}

static void rxris_stands_from_the_level_on(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < 15; i++)
		kpl_uart_rx_push(&uart, i);
	assert_int_equal(rd(PL011_RIS), PL011_INT_RT);
	kpl_uart_rx_push(&uart, 15);
	assert_int_equal(rd(PL011_RIS), PL011_INT_RT | PL011_INT_RX);
	rd(PL011_DR);
	assert_int_equal(rd(PL011_RIS), PL011_INT_RT);
}

static void guest_that_listens_for_rx_alone_hears_all(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RX);
	/* While more is coming it is told from the level on, */
	kpl_uart_rx_idle(&uart, false);
	kpl_uart_rx_push(&uart, 'l');
	assert_false(kpl_uart_irq(&uart));
	/* and when none is, of what there is. */
	kpl_uart_rx_push(&uart, 's');
	kpl_uart_rx_idle(&uart, true);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
	assert_int_equal(rd(PL011_DR), 'l');
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
	assert_int_equal(rd(PL011_DR), 's');
	assert_false(kpl_uart_irq(&uart));
	assert_int_equal(rd(PL011_RIS), 0);
}

static void rx_below_the_level_is_for_who_listens_for_it_alone(void **state)
{
	static const u16 masks[] = { 0, PL011_INT_RT, PL011_INT_RT | PL011_INT_RX };
	size_t i;

	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RX);
	kpl_uart_rx_push(&uart, 'a');
	for (i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		wr(PL011_IMSC, masks[i]);
		assert_int_equal(rd(PL011_RIS), masks[i] & PL011_INT_RT);
		wr(PL011_IMSC, PL011_INT_RX);
		wr(PL011_ICR, PL011_INT_RT);
		assert_int_equal(rd(PL011_RIS), PL011_INT_RX);
		kpl_uart_rx_timeout(&uart);
	}
}

static void strict_guest_that_listens_for_rx_alone_waits_for_the_level(void **state)
{
	int i;

	(void)state;
	kpl_uart_init(&uart, true);
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RX);
	for (i = 0; i < 15; i++)
		kpl_uart_rx_push(&uart, i);
	kpl_uart_rx_timeout(&uart);
	assert_int_equal(rd(PL011_RIS), 0);
	kpl_uart_rx_push(&uart, 15);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
}

/*
 * A handler that clears and reads nothing is asked again, but ever more seldom;
 * and masking in between does not have it asked at once.
 */
static void guest_that_clears_and_never_reads_is_left_alone(void **state)
{
	static const u16 masks[] = { PL011_INT_RX, PL011_INT_RX | PL011_INT_RT };
	unsigned int wait;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		kpl_uart_init(&uart, false);
		set_up_like_linux();
		wr(PL011_IMSC, masks[i]);
		kpl_uart_rx_push(&uart, 'a');
		for (wait = 1; wait <= 256; wait *= 2) {
			assert_true(kpl_uart_irq(&uart));
			assert_int_equal(kpl_uart_rx_acked(&uart), 0);
			wr(PL011_IMSC, 0);
			/* RX falls with its mask; RT is there until ICR. */
			wr(PL011_IMSC, masks[i]);
			wr(PL011_ICR, PL011_INT_ALL);
			assert_false(kpl_uart_irq(&uart));
			wr(PL011_IMSC, 0);
			wr(PL011_IMSC, masks[i]);
			assert_false(kpl_uart_irq(&uart));
			assert_int_equal(kpl_uart_rx_acked(&uart), wait);
			kpl_uart_rx_timeout(&uart);
		}
		wr(PL011_ICR, PL011_INT_ALL);
		assert_int_equal(kpl_uart_rx_acked(&uart), 256);
		/* A new one is told of at once, and it begins anew. */
		kpl_uart_rx_push(&uart, 'b');
		assert_true(kpl_uart_irq(&uart));
		wr(PL011_ICR, PL011_INT_ALL);
		assert_int_equal(kpl_uart_rx_acked(&uart), 1);
		kpl_uart_rx_timeout(&uart);
		wr(PL011_ICR, PL011_INT_ALL);
		assert_int_equal(kpl_uart_rx_acked(&uart), 2);
		rd(PL011_DR);
		assert_int_equal(kpl_uart_rx_acked(&uart), 1);
	}
}

/* What waits outside does not keep those inside from being told of. */
static void full_fifo_is_told_of_to_who_listens_for_rt_alone(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RT);
	kpl_uart_rx_idle(&uart, false);
	for (i = 0; i < PL011_FIFO_DEPTH; i++) {
		assert_false(kpl_uart_irq(&uart));
		kpl_uart_rx_push(&uart, i);
	}
	assert_int_equal(rd(PL011_MIS), PL011_INT_RT);
}

static void icr_with_data_left_strands_nothing(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < 20; i++)
		kpl_uart_rx_push(&uart, i);
	assert_false(kpl_uart_rx_acked(&uart));
	wr(PL011_ICR, PL011_INT_ALL);
	assert_int_equal(rd(PL011_RIS), 0);
	assert_true(kpl_uart_rx_acked(&uart));
	kpl_uart_rx_timeout(&uart);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX | PL011_INT_RT);
	assert_false(kpl_uart_rx_acked(&uart));
	for (i = 0; i < 20; i++)
		assert_int_equal(rd(PL011_DR), i);
	assert_false(kpl_uart_irq(&uart));
}

static void new_data_raises_again_what_icr_cleared(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < 16; i++)
		kpl_uart_rx_push(&uart, i);
	wr(PL011_ICR, PL011_INT_RX | PL011_INT_RT);
	assert_false(kpl_uart_irq(&uart));
	kpl_uart_rx_push(&uart, 16);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX | PL011_INT_RT);
	assert_false(kpl_uart_rx_acked(&uart));
}

static void icr_of_an_empty_receiver_leaves_nothing_to_raise(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_ICR, PL011_INT_ALL);
	assert_false(kpl_uart_rx_acked(&uart));
	kpl_uart_rx_timeout(&uart);
	assert_false(kpl_uart_irq(&uart));

	kpl_uart_rx_push(&uart, 'a');
	wr(PL011_ICR, PL011_INT_RT);
	assert_true(kpl_uart_rx_acked(&uart));
	rd(PL011_DR);
	assert_false(kpl_uart_rx_acked(&uart));
}

static void without_fifos_one_byte_fits_and_interrupts(void **state)
{
	(void)state;
	wr(PL011_IMSC, PL011_INT_RX);
	assert_int_equal(kpl_uart_rx_room(&uart), 1);
	kpl_uart_rx_push(&uart, 'a');
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	assert_true(rd(PL011_FR) & PL011_FR_RXFF);
	assert_true(kpl_uart_irq(&uart));
	assert_int_equal(rd(PL011_DR), 'a');
	assert_false(kpl_uart_irq(&uart));
}

static void each_ifls_value_has_its_level(void **state)
{
	static const u8 levels[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };
	unsigned int select;

	(void)state;
	for (select = 0; select < 8; select++) {
		int i;

		kpl_uart_init(&uart, false);
		wr(PL011_LCR_H, PL011_LCR_FEN);
		wr(PL011_IFLS, select << 3);
		for (i = 1; i <= PL011_FIFO_DEPTH; i++) {
			kpl_uart_rx_push(&uart, 'x');
			assert_int_equal(!!(rd(PL011_RIS) & PL011_INT_RX),
					 i >= levels[select]);
		}
	}
}

static void overrun_loses_the_new_byte_and_marks_the_next(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		kpl_uart_rx_push(&uart, i);
	assert_false(rd(PL011_RIS) & PL011_INT_OE);
	kpl_uart_rx_push(&uart, 0xee);
	assert_true(rd(PL011_RIS) & PL011_INT_OE);
	assert_int_equal(rd(PL011_RSR), 8);

	assert_int_equal(rd(PL011_DR), 0);
	kpl_uart_rx_push(&uart, 0x55);
	for (i = 1; i < PL011_FIFO_DEPTH; i++)
		assert_int_equal(rd(PL011_DR), i);
	assert_int_equal(rd(PL011_DR), PL011_DR_OE | 0x55);
	assert_int_equal(rd(PL011_RSR), 8);
	wr(PL011_RSR, 0);
	assert_int_equal(rd(PL011_RSR), 0);
}

static void overrun_interrupts_when_it_begins(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i <= PL011_FIFO_DEPTH; i++)
		kpl_uart_rx_push(&uart, i);
	wr(PL011_ICR, PL011_INT_OE);
	kpl_uart_rx_push(&uart, 0xee);
	assert_false(rd(PL011_RIS) & PL011_INT_OE);
}

static void break_is_a_zero_byte_with_be(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, PL011_BREAK);
	assert_true(rd(PL011_RIS) & PL011_INT_BE);
	assert_int_equal(rd(PL011_DR), PL011_BREAK);
	assert_int_equal(rd(PL011_RSR), 5);
	kpl_uart_rx_push(&uart, 'h');
	assert_int_equal(rd(PL011_DR), 'h');
	assert_int_equal(rd(PL011_RSR), 0);
}

static void empty_receiver_reads_zero_and_keeps_its_status(void **state)
{
	(void)state;
	kpl_uart_rx_push(&uart, PL011_BREAK);
	rd(PL011_DR);
	assert_int_equal(rd(PL011_DR), 0);
	assert_int_equal(rd(PL011_RSR), 5);
}

static void rts_flow_control_stops_the_other_end_at_the_level(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_RTSEN);
	for (i = 16; i > 0; i--) {
		assert_int_equal(kpl_uart_rx_room(&uart), i);
		kpl_uart_rx_push(&uart, 'x');
	}
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	/* One that was under way already still fits. */
	kpl_uart_rx_push(&uart, 'y');
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	assert_false(rd(PL011_FR) & PL011_FR_RXFF);
	assert_int_equal(rd(PL011_RSR), 0);
}

static void strict_receiver_waits_for_uarten_and_rxe(void **state)
{
	(void)state;
	kpl_uart_init(&uart, true);
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	kpl_uart_rx_push(&uart, 'a');
	wr(PL011_CR, PL011_CR_UARTEN);
	kpl_uart_rx_push(&uart, 'b');
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	assert_int_equal(rd(PL011_RIS), 0);

	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_RXE);
	wr(PL011_LCR_H, PL011_LCR_FEN | PL011_LCR_WLEN);
	assert_int_equal(kpl_uart_rx_room(&uart), PL011_FIFO_DEPTH);
	kpl_uart_rx_push(&uart, 'c');
	assert_int_equal(rd(PL011_DR), 'c');
}

/* Whether a character from the wire is heard, which room() says before. */
static bool hears(void)
{
	unsigned int room = kpl_uart_rx_room(&uart);
	bool heard;

	kpl_uart_rx_push(&uart, 'x');
	heard = !(rd(PL011_FR) & PL011_FR_RXFE);
	assert_int_equal(heard, room > 0);
	if (heard)
		assert_int_equal(rd(PL011_DR), 'x');
	return heard;
}

static void receiver_that_was_never_on_hears(void **state)
{
	static const u16 values[] = {
		0, PL011_CR_UARTEN, PL011_CR_UARTEN | PL011_CR_TXE,
		PL011_CR_TXE, PL011_CR_RXE, 0, PL011_CR_UARTEN,
	};
	size_t i;

	(void)state;
	assert_true(hears());
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		wr(PL011_CR, values[i]);
		assert_true(hears());
	}
}

/* RXE is set after a reset: without UARTEN it was no receiver that is cleared. */
static void receiver_of_a_uart_that_is_off_is_not_switched_off(void **state)
{
	(void)state;
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_RXE);
	wr(PL011_CR, PL011_CR_RXE);
	assert_true(hears());
	wr(PL011_CR, 0);
	assert_true(hears());
	wr(PL011_CR, PL011_CR_UARTEN);
	assert_true(hears());
}

static void receiver_that_was_switched_off_hears_nothing(void **state)
{
	static const u16 off[] = {
		0, PL011_CR_UARTEN, PL011_CR_UARTEN | PL011_CR_TXE, PL011_CR_TXE,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(off) / sizeof(*off); i++) {
		wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_RXE);
		assert_true(hears());
		wr(PL011_CR, off[i]);
		assert_false(hears());
		/* Whatever else it does, but RXE. */
		wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
		assert_false(hears());
		wr(PL011_CR, PL011_CR_RXE);
		assert_true(hears());
	}
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_RXE);
	wr(PL011_CR, 0);
	kpl_uart_reset(&uart);
	assert_true(hears());
}

/* Nothing more comes: what is there is told of, though some waits outside. */
static void receiver_that_is_switched_off_strands_nothing(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, 'a');
	rd(PL011_DR);
	kpl_uart_rx_idle(&uart, false);
	kpl_uart_rx_push(&uart, 'b');
	assert_false(kpl_uart_irq(&uart));
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RT);
	assert_int_equal(rd(PL011_DR), 'b');
}

static void each_kind_of_error_has_its_interrupt_and_its_status(void **state)
{
	static const struct {
		u16 ch;
		u32 ris;
		u32 rsr;
	} kinds[] = {
		{ PL011_DR_FE | 'f', PL011_INT_FE, 1 },
		{ PL011_DR_PE | 'p', PL011_INT_PE, 2 },
		{ PL011_BREAK, PL011_INT_BE | PL011_INT_FE, 5 },
	};
	size_t i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		wr(PL011_ICR, PL011_INT_ALL);
		kpl_uart_rx_push(&uart, kinds[i].ch);
		assert_int_equal(rd(PL011_RIS) & ~PL011_INT_RT, kinds[i].ris);
		assert_int_equal(rd(PL011_RSR), 0);
		assert_int_equal(rd(PL011_DR), kinds[i].ch);
		assert_int_equal(rd(PL011_RSR), kinds[i].rsr);
		/* Any write clears it, whatever it says. */
		wr(PL011_RSR, 0xff);
		assert_int_equal(rd(PL011_RSR), 0);
	}
}

static void interrupt_while_masked_is_there_when_unmasked(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, 0);
	for (i = 0; i < 20; i++)
		kpl_uart_rx_push(&uart, i);
	assert_false(kpl_uart_irq(&uart));
	wr(PL011_IMSC, PL011_INT_RX);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
}

static void overrun_can_be_sent_with_a_character(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, PL011_DR_OE | 'a');
	assert_true(rd(PL011_RIS) & PL011_INT_OE);
	assert_int_equal(rd(PL011_RSR), 8);
	assert_int_equal(rd(PL011_DR), PL011_DR_OE | 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_received_byte_reaches_the_guest_by_timeout),
		TEST(timeout_waits_while_more_is_coming),
		TEST(timeout_needs_its_mask),
		TEST(rxris_stands_from_the_level_on),
		TEST(guest_that_listens_for_rx_alone_hears_all),
		TEST(rx_below_the_level_is_for_who_listens_for_it_alone),
		TEST(strict_guest_that_listens_for_rx_alone_waits_for_the_level),
		TEST(guest_that_clears_and_never_reads_is_left_alone),
		TEST(full_fifo_is_told_of_to_who_listens_for_rt_alone),
		TEST(icr_with_data_left_strands_nothing),
		TEST(new_data_raises_again_what_icr_cleared),
		TEST(icr_of_an_empty_receiver_leaves_nothing_to_raise),
		TEST(without_fifos_one_byte_fits_and_interrupts),
		TEST(each_ifls_value_has_its_level),
		TEST(overrun_loses_the_new_byte_and_marks_the_next),
		TEST(overrun_interrupts_when_it_begins),
		TEST(break_is_a_zero_byte_with_be),
		TEST(empty_receiver_reads_zero_and_keeps_its_status),
		TEST(rts_flow_control_stops_the_other_end_at_the_level),
		TEST(strict_receiver_waits_for_uarten_and_rxe),
		TEST(receiver_that_was_never_on_hears),
		TEST(receiver_of_a_uart_that_is_off_is_not_switched_off),
		TEST(receiver_that_was_switched_off_hears_nothing),
		TEST(receiver_that_is_switched_off_strands_nothing),
		TEST(each_kind_of_error_has_its_interrupt_and_its_status),
		TEST(interrupt_while_masked_is_there_when_unmasked),
		TEST(overrun_can_be_sent_with_a_character),
	};

	return cmocka_run_group_tests_name("uart receive", tests, NULL, NULL);
}
