// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: what both halves share: modem lines, loopback, words, the interrupt. */
#include "uart_fixture.h"

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

/* The byte is sent for its interrupt; drivers do not look for it to come back. */
static void loopback_heeds_rxe_of_an_enabled_uart(void **state)
{
	static const struct {
		u16 cr;
		bool hears;
	} values[] = {
		{ PL011_CR_LBE, true },
		{ PL011_CR_LBE | PL011_CR_TXE, true },
		{ PL011_CR_LBE | PL011_CR_TXE | PL011_CR_UARTEN, false },
		{ PL011_CR_LBE | PL011_CR_UARTEN, false },
		{ PL011_CR_LBE | PL011_CR_UARTEN | PL011_CR_RXE, true },
		/* It has been on by now. */
		{ PL011_CR_LBE, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		wr(PL011_CR, values[i].cr);
		wr(PL011_ICR, PL011_INT_ALL);
		assert_int_equal(wr(PL011_DR, 'q'), -1);
		assert_true(rd(PL011_RIS) & PL011_INT_TX);
		assert_int_equal(rd(PL011_FR) & (PL011_FR_TXFE | PL011_FR_BUSY),
				 PL011_FR_TXFE);
		assert_int_equal(rd(PL011_FR) & PL011_FR_RXFE,
				 values[i].hears ? 0 : PL011_FR_RXFE);
		assert_int_equal(rd(PL011_DR), values[i].hears ? 'q' : 0);
		wr(PL011_LCR_H, PL011_LCR_BRK);
		wr(PL011_LCR_H, 0);
		assert_int_equal(rd(PL011_DR), values[i].hears ? PL011_BREAK : 0);
	}
}

static void loopback_ties_all_outputs_and_returns_a_break(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_CR, PL011_CR_LBE | PL011_CR_RXE | PL011_CR_OUT1 | PL011_CR_OUT2);
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM,
			 PL011_FR_DCD | PL011_FR_RI);
	wr(PL011_LCR_H, 0x71);
	assert_int_equal(uart.tx_breaks, 0);
	assert_int_equal(rd(PL011_DR), PL011_BREAK);
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

static void characters_have_the_bits_of_wlen(void **state)
{
	static const u8 masks[4] = { 0x1f, 0x3f, 0x7f, 0xff };
	int wlen;

	(void)state;
	for (wlen = 3; wlen >= 0; wlen--) {
		wr(PL011_LCR_H, wlen << 5 | PL011_LCR_FEN);
		assert_int_equal(wr(PL011_DR, 0xff), masks[wlen]);
		kpl_uart_rx_push(&uart, PL011_DR_PE | 0xff);
		assert_int_equal(rd(PL011_DR), PL011_DR_PE | masks[wlen]);
		kpl_uart_tx_hold(&uart, true);
		wr(PL011_DR, 0xff);
		kpl_uart_tx_hold(&uart, false);
		assert_int_equal(kpl_uart_tx_pop(&uart), masks[wlen]);
	}
}

static void guest_that_never_chose_wlen_has_8_bits(void **state)
{
	(void)state;
	assert_int_equal(wr(PL011_DR, 0xff), 0xff);
	wr(PL011_LCR_H, PL011_LCR_FEN);
	assert_int_equal(wr(PL011_DR, 0xff), 0xff);
	kpl_uart_rx_push(&uart, 0xff);
	assert_int_equal(rd(PL011_DR), 0xff);
}

static void strict_guest_that_never_chose_wlen_has_5_bits(void **state)
{
	(void)state;
	kpl_uart_init(&uart, true);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
	assert_int_equal(wr(PL011_DR, 0xff), 0x1f);
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

static void loopback_takes_nothing_from_the_wire(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_LBE);
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	kpl_uart_rx_push(&uart, 'w');
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	wr(PL011_CR, rd(PL011_CR) & ~PL011_CR_LBE);
	assert_int_equal(kpl_uart_rx_room(&uart), PL011_FIFO_DEPTH);
}

static void loopback_overruns_and_keeps_its_fifo_whole(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_LBE);
	for (i = 0; i < 2 * PL011_FIFO_DEPTH; i++)
		assert_int_equal(wr(PL011_DR, i), -1);
	assert_true(rd(PL011_RIS) & PL011_INT_OE);
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		assert_int_equal(rd(PL011_DR), i);
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
}

static void loopback_returns_what_waited_in_order(void **state)
{
	(void)state;
	set_up_like_linux();
	kpl_uart_tx_hold(&uart, true);
	wr(PL011_DR, 'a');
	wr(PL011_ICR, PL011_INT_TX);
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_LBE);
	assert_int_equal(wr(PL011_DR, 'b'), -1);
	assert_int_equal(rd(PL011_DR), 'a');
	assert_int_equal(rd(PL011_DR), 'b');
	assert_true(rd(PL011_FR) & PL011_FR_TXFE);
	assert_true(rd(PL011_RIS) & PL011_INT_TX);
}

static void loopback_with_ctsen_follows_its_own_rts(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_CR, PL011_CR_LBE | PL011_CR_RXE | PL011_CR_CTSEN);
	wr(PL011_DR, 'a');
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	assert_true(rd(PL011_FR) & PL011_FR_BUSY);
	wr(PL011_CR, PL011_CR_LBE | PL011_CR_RXE | PL011_CR_CTSEN |
		     PL011_CR_RTS);
	assert_int_equal(rd(PL011_DR), 'a');
}

static void lines_that_change_in_loopback_are_there_when_it_ends(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_CR, rd(PL011_CR) | PL011_CR_LBE);
	wr(PL011_ICR, PL011_INT_ALL);
	kpl_uart_modem(&uart, PL011_FR_DSR);
	assert_int_equal(rd(PL011_RIS), 0);
	wr(PL011_CR, rd(PL011_CR) & ~PL011_CR_LBE);
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM, PL011_FR_DSR);
	assert_int_equal(rd(PL011_RIS), PL011_INT_CTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(toggling_fen_flushes),
		TEST(loopback_returns_bytes_and_ties_the_modem_lines),
		TEST(loopback_heeds_rxe_of_an_enabled_uart),
		TEST(loopback_ties_all_outputs_and_returns_a_break),
		TEST(modem_interrupt_tells_of_a_change),
		TEST(characters_have_the_bits_of_wlen),
		TEST(guest_that_never_chose_wlen_has_8_bits),
		TEST(strict_guest_that_never_chose_wlen_has_5_bits),
		TEST(line_is_mis),
		TEST(loopback_takes_nothing_from_the_wire),
		TEST(loopback_overruns_and_keeps_its_fifo_whole),
		TEST(loopback_returns_what_waited_in_order),
		TEST(loopback_with_ctsen_follows_its_own_rts),
		TEST(lines_that_change_in_loopback_are_there_when_it_ends),
	};

	return cmocka_run_group_tests_name("uart lines", tests, NULL, NULL);
}
