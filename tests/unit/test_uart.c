// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: what the PL011 manual says and what guests depend on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "uart.h"

static struct kpl_uart uart;

static int reset(void **state)
{
	(void)state;
	kpl_uart_init(&uart, false);
	return 0;
}

static u32 rd(u32 offset)
{
	return kpl_uart_read(&uart, offset, 4);
}

static int wr(u32 offset, u32 value)
{
	return kpl_uart_write(&uart, offset, 4, value);
}

/* As Linux sets it up: FIFOs on, 8 bits, both levels at half. */
static void set_up_like_linux(void)
{
	wr(PL011_IFLS, 0x12);
	wr(PL011_LCR_H, 0x70);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE |
			PL011_CR_RXE | PL011_CR_RTS | PL011_CR_DTR);
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
}

static void ids_are_those_of_r1p5(void **state)
{
	static const u8 ids[8] = { 0x11, 0x10, 0x34, 0, 0x0d, 0xf0, 5, 0xb1 };
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(rd(PL011_PERIPHID0 + 4 * i), ids[i]);
}

static void reset_values_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(rd(PL011_CR), 0x300);
	assert_int_equal(rd(PL011_IFLS), 0x12);
	assert_int_equal(rd(PL011_FR), 0x97);
	assert_int_equal(rd(PL011_LCR_H), 0);
	assert_int_equal(rd(PL011_IMSC), 0);
	assert_int_equal(rd(PL011_RIS), 0);
	assert_int_equal(rd(PL011_MIS), 0);
	assert_false(kpl_uart_irq(&uart));
}

static void byte_goes_out_though_nothing_was_set_up(void **state)
{
	(void)state;
	assert_int_equal(wr(PL011_DR, 'H'), 'H');
	assert_int_equal(rd(PL011_FR), 0x97);
}

static void stores_of_1_2_and_4_bytes_transmit_one_byte(void **state)
{
	unsigned int len;

	(void)state;
	for (len = 1; len <= 4; len *= 2)
		assert_int_equal(kpl_uart_write(&uart, PL011_DR, len, 0x41),
				 0x41);
}

static void store_beside_dr_transmits_nothing(void **state)
{
	(void)state;
	assert_int_equal(kpl_uart_write(&uart, PL011_DR + 1, 1, 0x41), -1);
	assert_int_equal(kpl_uart_write(&uart, PL011_DR + 2, 2, 0x41), -1);
	assert_int_equal(kpl_uart_write(&uart, PL011_DR, 8, 0x41), -1);
}

static void reserved_offsets_read_zero_and_ignore_writes(void **state)
{
	static const u32 offsets[] = { 0x008, 0x014, 0x01c, 0x04c, 0x07c,
				       0x090, 0x500, 0xfdc };
	struct kpl_uart before = uart;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		wr(offsets[i], 0xffffffff);
		assert_int_equal(rd(offsets[i]), 0);
	}
	assert_memory_equal(&uart, &before, sizeof(uart));
}

static void registers_keep_the_bits_they_have(void **state)
{
	static const struct {
		u32 offset;
		u32 mask;
	} regs[] = {
		{ PL011_ILPR, 0xff }, { PL011_IBRD, 0xffff },
		{ PL011_FBRD, 0x3f }, { PL011_LCR_H, 0xff },
		{ PL011_CR, 0xff87 }, { PL011_IFLS, 0x3f },
		{ PL011_IMSC, 0x7ff }, { PL011_DMACR, 7 },
		{ PL011_TCR, 7 }, { PL011_TDR, 0x7ff },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(regs) / sizeof(*regs); i++) {
		wr(regs[i].offset, 0xffffffff);
		assert_int_equal(rd(regs[i].offset), regs[i].mask);
		wr(regs[i].offset, 0);
		assert_int_equal(rd(regs[i].offset), 0);
	}
}

static void ids_and_status_are_read_only(void **state)
{
	(void)state;
	wr(PL011_FR, 0);
	wr(PL011_RIS, 0x7ff);
	wr(PL011_MIS, 0x7ff);
	wr(PL011_PERIPHID0, 0);
	assert_int_equal(rd(PL011_FR), 0x97);
	assert_int_equal(rd(PL011_RIS), 0);
	assert_int_equal(rd(PL011_PERIPHID0), 0x11);
}

static void batch_of_one_raises_txris(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_DR, 'x');
	assert_true(rd(PL011_RIS) & PL011_INT_TX);
}

static void unmasking_tx_alone_raises_nothing(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_TX);
	assert_false(kpl_uart_irq(&uart));
}

static void txris_goes_by_icr_and_by_filling_above_the_level(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_DR, 'x');
	wr(PL011_ICR, PL011_INT_TX);
	assert_false(rd(PL011_RIS) & PL011_INT_TX);

	wr(PL011_DR, 'x');
	kpl_uart_tx_hold(&uart, true);
	for (i = 0; i < 16; i++)
		wr(PL011_DR, 'x');
	assert_true(rd(PL011_RIS) & PL011_INT_TX);
	wr(PL011_DR, 'x');
	assert_false(rd(PL011_RIS) & PL011_INT_TX);
	kpl_uart_tx_hold(&uart, false);
	kpl_uart_tx_pop(&uart);
	assert_true(rd(PL011_RIS) & PL011_INT_TX);
}

static void txff_and_busy_tell_of_bytes_not_taken(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	kpl_uart_tx_hold(&uart, true);
	for (i = 0; i < PL011_FIFO_DEPTH; i++) {
		assert_false(rd(PL011_FR) & PL011_FR_TXFF);
		assert_int_equal(wr(PL011_DR, i), -1);
	}
	assert_true(rd(PL011_FR) & PL011_FR_TXFF);
	assert_true(rd(PL011_FR) & PL011_FR_BUSY);
	wr(PL011_DR, 0xff);	/* no room: lost, as on silicon */
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
	kpl_uart_tx_hold(&uart, false);
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		assert_int_equal(kpl_uart_tx_pop(&uart), i);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
	assert_true(rd(PL011_FR) & PL011_FR_TXFE);
}

static void byte_does_not_overtake_those_that_wait(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_tx_hold(&uart, true);
	wr(PL011_DR, 'a');
	kpl_uart_tx_hold(&uart, false);
	assert_int_equal(wr(PL011_DR, 'b'), -1);
	assert_int_equal(kpl_uart_tx_pop(&uart), 'a');
	assert_int_equal(kpl_uart_tx_pop(&uart), 'b');
	assert_int_equal(wr(PL011_DR, 'c'), 'c');
}

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
	wr(PL011_IMSC, PL011_INT_RX);
	for (i = 0; i < 15; i++)
		kpl_uart_rx_push(&uart, i);
	assert_false(kpl_uart_irq(&uart));
	kpl_uart_rx_push(&uart, 15);
	assert_true(kpl_uart_irq(&uart));
	rd(PL011_DR);
	assert_false(kpl_uart_irq(&uart));
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

static void transmitted_break_is_counted_once(void **state)
{
	(void)state;
	wr(PL011_LCR_H, PL011_LCR_BRK);
	wr(PL011_LCR_H, PL011_LCR_BRK | 0x60);
	assert_int_equal(uart.tx_breaks, 1);
	wr(PL011_LCR_H, 0);
	wr(PL011_LCR_H, PL011_LCR_BRK);
	assert_int_equal(uart.tx_breaks, 2);
}

static void divisor_is_latched_by_lcr_h(void **state)
{
	(void)state;
	wr(PL011_IBRD, 13);
	wr(PL011_FBRD, 1);
	assert_int_equal(uart.divisor, 0);
	wr(PL011_LCR_H, 0x70);
	assert_int_equal(uart.divisor, 13 << 6 | 1);
}

static void toggling_fen_flushes(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, 'a');
	kpl_uart_tx_hold(&uart, true);
	wr(PL011_DR, 'b');
	wr(PL011_LCR_H, 0x60);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	assert_false(kpl_uart_irq(&uart));
}

static void loopback_returns_bytes_and_ties_the_modem_lines(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_ICR, PL011_INT_ALL);
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_LBE);
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM,
			 PL011_FR_CTS | PL011_FR_DSR);
	assert_true(rd(PL011_RIS) & PL011_INT_DCD);
	assert_int_equal(wr(PL011_DR, 'q'), -1);
	assert_int_equal(rd(PL011_DR), 'q');
	wr(PL011_CR, rd(PL011_CR) & ~PL011_CR_LBE);
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM,
			 PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD);
}

static void modem_interrupt_tells_of_a_change(void **state)
{
	(void)state;
	kpl_uart_modem(&uart, PL011_FR_CTS | PL011_FR_DSR |
			      PL011_FR_DCD);
	assert_int_equal(rd(PL011_RIS), 0);
	kpl_uart_modem(&uart, PL011_FR_DSR | PL011_FR_DCD);
	assert_int_equal(rd(PL011_RIS), PL011_INT_CTS);
	wr(PL011_ICR, PL011_INT_CTS);
	assert_int_equal(rd(PL011_RIS), 0);
	kpl_uart_modem(&uart, PL011_FR_CTS | PL011_FR_RI);
	assert_int_equal(rd(PL011_RIS), PL011_INT_CTS | PL011_INT_RI |
					   PL011_INT_DSR | PL011_INT_DCD);
}

static void empty_receiver_reads_zero_and_keeps_its_status(void **state)
{
	(void)state;
	kpl_uart_rx_push(&uart, PL011_BREAK);
	rd(PL011_DR);
	assert_int_equal(rd(PL011_DR), 0);
	assert_int_equal(rd(PL011_RSR), 5);
}

static void access_beside_a_register_reads_zero(void **state)
{
	(void)state;
	assert_int_equal(kpl_uart_read(&uart, PL011_CR + 1, 1), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_CR, 8), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0 + 1, 1), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0, 8), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0, 1), 0x11);
}

static void without_fifos_a_byte_that_waits_raises_txris_as_it_leaves(void **state)
{
	(void)state;
	kpl_uart_tx_hold(&uart, true);
	wr(PL011_DR, 'a');
	assert_true(rd(PL011_FR) & PL011_FR_TXFF);
	wr(PL011_DR, 'b');	/* no room */
	kpl_uart_tx_hold(&uart, false);
	assert_int_equal(rd(PL011_RIS), 0);
	assert_int_equal(kpl_uart_tx_pop(&uart), 'a');
	assert_int_equal(rd(PL011_RIS), PL011_INT_TX);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
}

static void fifo_that_drains_raises_txris_at_the_level(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	kpl_uart_tx_hold(&uart, true);
	for (i = 0; i < 20; i++)
		wr(PL011_DR, i);
	wr(PL011_ICR, PL011_INT_TX);
	kpl_uart_tx_hold(&uart, false);
	for (i = 19; i > 16; i--) {
		kpl_uart_tx_pop(&uart);
		assert_false(rd(PL011_RIS) & PL011_INT_TX);
	}
	kpl_uart_tx_pop(&uart);
	assert_true(rd(PL011_RIS) & PL011_INT_TX);
}

static void loopback_ties_all_outputs_and_returns_a_break(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_CR, PL011_CR_LBE | PL011_CR_OUT1 | PL011_CR_OUT2);
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM,
			 PL011_FR_DCD | PL011_FR_RI);
	wr(PL011_LCR_H, 0x71);
	assert_int_equal(uart.tx_breaks, 0);
	assert_int_equal(rd(PL011_DR), PL011_BREAK);
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

static void cts_flow_control_holds_the_transmitter(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_modem(&uart, PL011_FR_DSR | PL011_FR_DCD);
	assert_int_equal(wr(PL011_DR, 'a'), 'a');

	wr(PL011_CR, rd(PL011_CR) | PL011_CR_CTSEN);
	assert_int_equal(wr(PL011_DR, 'b'), -1);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
	assert_true(rd(PL011_FR) & PL011_FR_BUSY);

	kpl_uart_modem(&uart, PL011_FR_CTS);
	assert_int_equal(kpl_uart_tx_pop(&uart), 'b');
	assert_int_equal(wr(PL011_DR, 'c'), 'c');
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

static void characters_have_the_bits_of_wlen(void **state)
{
	static const u8 masks[4] = { 0xff, 0x3f, 0x7f, 0xff };
	u32 wlen;

	(void)state;
	for (wlen = 0; wlen < 4; wlen++) {
		wr(PL011_LCR_H, wlen << 5 | PL011_LCR_FEN);
		assert_int_equal(wr(PL011_DR, 0xff), masks[wlen]);
		kpl_uart_rx_push(&uart, PL011_DR_PE | 0xff);
		assert_int_equal(rd(PL011_DR),
				 PL011_DR_PE | masks[wlen]);
		kpl_uart_tx_hold(&uart, true);
		wr(PL011_DR, 0xff);
		kpl_uart_tx_hold(&uart, false);
		assert_int_equal(kpl_uart_tx_pop(&uart), masks[wlen]);
	}
}

static void line_is_mis(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_rx_push(&uart, PL011_BREAK);
	wr(PL011_IMSC, PL011_INT_PE);
	assert_int_equal(rd(PL011_MIS), 0);
	assert_false(kpl_uart_irq(&uart));
	wr(PL011_IMSC, PL011_INT_BE);
	assert_int_equal(rd(PL011_MIS), PL011_INT_BE);
	assert_true(kpl_uart_irq(&uart));
	wr(PL011_ICR, PL011_INT_BE);
	assert_int_equal(rd(PL011_ICR), 0);
	assert_false(kpl_uart_irq(&uart));
}

#define TEST(name)	cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_are_those_of_r1p5),
		TEST(reset_values_are_those_of_the_manual),
		TEST(byte_goes_out_though_nothing_was_set_up),
		TEST(stores_of_1_2_and_4_bytes_transmit_one_byte),
		TEST(store_beside_dr_transmits_nothing),
		TEST(reserved_offsets_read_zero_and_ignore_writes),
		TEST(registers_keep_the_bits_they_have),
		TEST(ids_and_status_are_read_only),
		TEST(batch_of_one_raises_txris),
		TEST(unmasking_tx_alone_raises_nothing),
		TEST(txris_goes_by_icr_and_by_filling_above_the_level),
		TEST(txff_and_busy_tell_of_bytes_not_taken),
		TEST(byte_does_not_overtake_those_that_wait),
		TEST(one_received_byte_reaches_the_guest_by_timeout),
		TEST(timeout_waits_while_more_is_coming),
		TEST(timeout_needs_its_mask),
		TEST(rxris_stands_from_the_level_on),
		TEST(icr_with_data_left_strands_nothing),
		TEST(new_data_raises_again_what_icr_cleared),
		TEST(icr_of_an_empty_receiver_leaves_nothing_to_raise),
		TEST(without_fifos_one_byte_fits_and_interrupts),
		TEST(each_ifls_value_has_its_level),
		TEST(overrun_loses_the_new_byte_and_marks_the_next),
		TEST(break_is_a_zero_byte_with_be),
		TEST(transmitted_break_is_counted_once),
		TEST(divisor_is_latched_by_lcr_h),
		TEST(toggling_fen_flushes),
		TEST(loopback_returns_bytes_and_ties_the_modem_lines),
		TEST(modem_interrupt_tells_of_a_change),
		TEST(empty_receiver_reads_zero_and_keeps_its_status),
		TEST(access_beside_a_register_reads_zero),
		TEST(without_fifos_a_byte_that_waits_raises_txris_as_it_leaves),
		TEST(fifo_that_drains_raises_txris_at_the_level),
		TEST(loopback_ties_all_outputs_and_returns_a_break),
		TEST(overrun_interrupts_when_it_begins),
		TEST(cts_flow_control_holds_the_transmitter),
		TEST(rts_flow_control_stops_the_other_end_at_the_level),
		TEST(characters_have_the_bits_of_wlen),
		TEST(line_is_mis),
	};

	return cmocka_run_group_tests_name("uart", tests, NULL, NULL);
}
