// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: the transmitter. */
#include "uart_fixture.h"

static void byte_goes_out_though_nothing_was_set_up(void **state)
{
	(void)state;
	assert_int_equal(wr(PL011_DR, 'H'), 'H');
	assert_int_equal(rd(PL011_FR), 0x97);
}

static void stores_of_every_width_transmit_one_byte(void **state)
{
	unsigned int len;

	(void)state;
	for (len = 1; len <= 8; len *= 2)
		assert_int_equal(kpl_uart_write(&uart, PL011_DR, len, 0x41),
				 0x41);
}

static void store_beside_dr_transmits_nothing(void **state)
{
	(void)state;
	assert_int_equal(kpl_uart_write(&uart, PL011_DR + 1, 1, 0x41), -1);
	assert_int_equal(kpl_uart_write(&uart, PL011_DR + 2, 2, 0x41), -1);
	assert_int_equal(kpl_uart_write(&uart, PL011_DR + 4, 8, 0x41), -1);
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
	assert_int_equal(uart.tx_lost, 1);
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

static void strict_transmitter_waits_for_uarten_and_txe(void **state)
{
	(void)state;
	kpl_uart_init(&uart, true);
	wr(PL011_LCR_H, PL011_LCR_FEN | PL011_LCR_WLEN);
	assert_int_equal(wr(PL011_DR, 'a'), -1);
	assert_true(rd(PL011_FR) & PL011_FR_BUSY);
	wr(PL011_CR, PL011_CR_UARTEN);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
	wr(PL011_CR, PL011_CR_TXE);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);

	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
	assert_int_equal(kpl_uart_tx_pop(&uart), 'a');
	assert_int_equal(wr(PL011_DR, 'b'), 'b');
}

static void strict_transmitter_that_is_off_sends_no_break(void **state)
{
	(void)state;
	kpl_uart_init(&uart, true);
	wr(PL011_LCR_H, PL011_LCR_BRK);
	assert_int_equal(uart.tx_breaks, 0);
	wr(PL011_LCR_H, 0);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
	wr(PL011_LCR_H, PL011_LCR_BRK);
	assert_int_equal(uart.tx_breaks, 1);
}

static void burst_that_fills_the_fifo_is_told_once(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < PL011_FIFO_DEPTH; i++) {
		assert_false(rd(PL011_FR) & PL011_FR_TXFF);
		assert_int_equal(wr(PL011_DR, i), i);
	}
	assert_int_equal(rd(PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY |
					 PL011_FR_TXFE),
			 PL011_FR_TXFF | PL011_FR_BUSY);
	assert_int_equal(rd(PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY |
					 PL011_FR_TXFE),
			 PL011_FR_TXFE);
	/* It has gone out, and so does the next. */
	assert_int_equal(wr(PL011_DR, 'x'), 'x');
}

static void burst_that_fills_the_fifo_raises_txris_again(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		wr(PL011_DR, i);
	wr(PL011_ICR, PL011_INT_TX);
	wr(PL011_IMSC, PL011_INT_TX);
	assert_false(kpl_uart_irq(&uart));
	assert_true(rd(PL011_FR) & PL011_FR_TXFF);
	assert_true(kpl_uart_irq(&uart));
}

static void burst_is_not_told_while_bytes_really_wait(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		wr(PL011_DR, i);
	kpl_uart_tx_hold(&uart, true);
	wr(PL011_DR, 'x');
	assert_int_equal(rd(PL011_FR) & (PL011_FR_TXFF | PL011_FR_BUSY |
					 PL011_FR_TXFE),
			 PL011_FR_BUSY);
	kpl_uart_tx_hold(&uart, false);
	assert_int_equal(kpl_uart_tx_pop(&uart), 'x');
	assert_int_equal(rd(PL011_FR) & PL011_FR_TXFF, 0);
}

static void burst_without_fifos_is_never_told(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		wr(PL011_DR, i);
		assert_int_equal(rd(PL011_FR), 0x97);
	}
}

/*
 * What Linux's driver does with a buffer of a tty (drivers/tty/serial/
 * amba-pl011.c: pl011_start_tx_pio(), pl011_int()). Returns its accesses.
 */
static unsigned int linux_writes(unsigned int bytes)
{
	unsigned int accesses = 0;
	unsigned int i;

	/* Polled, as far as the FIFO takes it: */
	while (bytes) {
		accesses++;
		if (rd(PL011_FR) & PL011_FR_TXFF)
			break;
		wr(PL011_DR, 'x');
		accesses++;
		bytes--;
	}
	if (!bytes)
		return accesses;
	wr(PL011_IMSC, rd(PL011_IMSC) | PL011_INT_TX);
	accesses++;
	/* then half a FIFO for each interrupt, without a look at FR. */
	accesses++;
	while (bytes) {
		assert_true(kpl_uart_irq(&uart));
		assert_true(rd(PL011_RIS) & rd(PL011_IMSC) & PL011_INT_TX);
		wr(PL011_ICR, 0);
		accesses += 2;
		for (i = 0; i < PL011_FIFO_DEPTH / 2 && bytes; i++, bytes--) {
			assert_int_equal(wr(PL011_DR, 'x'), 'x');
			accesses++;
		}
	}
	wr(PL011_IMSC, rd(PL011_IMSC) & ~PL011_INT_TX);
	return accesses + 1;
}

static void bulk_output_of_linux_goes_by_the_interrupt(void **state)
{
	(void)state;
	set_up_like_linux();
	assert_in_range(linux_writes(4096), 4096, 4096 * 1.2);
	/* A line is short enough to be polled. */
	reset(NULL);
	set_up_like_linux();
	assert_in_range(linux_writes(20), 40, 60);
}

/* A tty gives the driver a line and its end apart. */
static void lines_of_linux_go_by_the_interrupt(void **state)
{
	unsigned int accesses = 0;
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < 100; i++)
		accesses += linux_writes(62) + linux_writes(2);
	assert_in_range(accesses, 6400, 6400 * 1.3);
}

/* Its console polls, between two of them or for long. */
static void who_polls_on_is_told_ever_more_seldom(void **state)
{
	unsigned int told = 0;
	int i;

	(void)state;
	set_up_like_linux();
	linux_writes(62);
	for (i = 0; i < 10000; i++) {
		while (rd(PL011_FR) & PL011_FR_TXFF)
			told++;
		wr(PL011_DR, 'x');
	}
	assert_in_range(told, 6, 26);
	/* And once is enough for one that waits. */
	linux_writes(1000);
	assert_in_range(linux_writes(62), 62, 62 * 1.3);
}

/* Also to one that polls on with the interrupt unmasked. */
static void fr_is_told_the_same_by_the_short_way(void **state)
{
	unsigned int told = 0;
	int i;

	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_TX);
	for (i = 0; i < 10000; i++) {
		bool rests = kpl_uart_rests(&uart);
		u32 fr = rd(PL011_FR);

		if (rests)
			assert_int_equal(fr, kpl_uart_rest_fr(&uart));
		told += !!(fr & PL011_FR_TXFF);
		wr(PL011_DR, 'x');
	}
	assert_in_range(told, 6, 26);
}

/* So that who asks whether all has gone out need not ask again. */
static void what_the_interrupt_took_is_no_burst(void **state)
{
	(void)state;
	set_up_like_linux();
	linux_writes(200);
	assert_false(rd(PL011_FR) & PL011_FR_BUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(byte_goes_out_though_nothing_was_set_up),
		TEST(stores_of_every_width_transmit_one_byte),
		TEST(store_beside_dr_transmits_nothing),
		TEST(batch_of_one_raises_txris),
		TEST(unmasking_tx_alone_raises_nothing),
		TEST(txris_goes_by_icr_and_by_filling_above_the_level),
		TEST(txff_and_busy_tell_of_bytes_not_taken),
		TEST(byte_does_not_overtake_those_that_wait),
		TEST(without_fifos_a_byte_that_waits_raises_txris_as_it_leaves),
		TEST(fifo_that_drains_raises_txris_at_the_level),
		TEST(transmitted_break_is_counted_once),
		TEST(cts_flow_control_holds_the_transmitter),
		TEST(strict_transmitter_waits_for_uarten_and_txe),
		TEST(strict_transmitter_that_is_off_sends_no_break),
		TEST(burst_that_fills_the_fifo_is_told_once),
		TEST(burst_that_fills_the_fifo_raises_txris_again),
		TEST(burst_is_not_told_while_bytes_really_wait),
		TEST(burst_without_fifos_is_never_told),
		TEST(lines_of_linux_go_by_the_interrupt),
		TEST(who_polls_on_is_told_ever_more_seldom),
		TEST(fr_is_told_the_same_by_the_short_way),
		TEST(what_the_interrupt_took_is_no_burst),
		TEST(bulk_output_of_linux_goes_by_the_interrupt),
	};

	return cmocka_run_group_tests_name("uart transmit", tests, NULL, NULL);
}
