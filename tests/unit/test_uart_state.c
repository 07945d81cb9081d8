// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: the state as it is saved and restored. */
#include "uart_fixture.h"

static struct kpl011_uart_state saved;

/* A UART that has something of everything, saved. */
static void make_state(void)
{
	int i;

	set_up_like_linux();
	wr(PL011_IBRD, 13);
	wr(PL011_FBRD, 1);
	wr(PL011_LCR_H, 0x74);
	wr(PL011_IBRD, 26);
	wr(PL011_ILPR, 0x12);
	wr(PL011_DMACR, 3);
	wr(PL011_TDR, 0x123);
	kpl_uart_modem(&uart, PL011_FR_DSR | PL011_FR_RI);
	for (i = 0; i <= PL011_FIFO_DEPTH; i++)
		kpl_uart_rx_push(&uart, i == 3 ? PL011_BREAK : 0x80 + i);
	rd(PL011_DR);
	kpl_uart_tx_hold(&uart, true);
	for (i = 0; i < 5; i++)
		wr(PL011_DR, 'a' + i);
	kpl_uart_save(&uart, &saved);
}

static void restored_uart_goes_on_as_the_saved_one(void **state)
{
	static const u32 regs[] = { PL011_RSR, PL011_FR, PL011_ILPR, PL011_IBRD,
				    PL011_FBRD, PL011_LCR_H, PL011_CR,
				    PL011_IFLS, PL011_IMSC, PL011_RIS,
				    PL011_MIS, PL011_DMACR, PL011_TDR };
	struct kpl_uart old;
	size_t i;

	(void)state;
	make_state();
	old = uart;
	kpl_uart_init(&uart, false);
	kpl_uart_tx_hold(&uart, true);
	assert_null(kpl_uart_restore(&uart, &saved));

	assert_int_equal(uart.divisor, 13 << 6 | 1);
	for (i = 0; i < sizeof(regs) / sizeof(*regs); i++)
		assert_int_equal(rd(regs[i]),
				 kpl_uart_read(&old, regs[i], 4));
	assert_int_equal(rd(PL011_FR) & PL011_FR_MODEM,
			 PL011_FR_DSR | PL011_FR_RI);
	/* The overrun that was not told yet, too. */
	kpl_uart_rx_push(&uart, 'z');
	kpl_uart_rx_push(&old, 'z');
	while (!(kpl_uart_read(&old, PL011_FR, 4) & PL011_FR_RXFE))
		assert_int_equal(rd(PL011_DR), kpl_uart_read(&old, PL011_DR, 4));
	assert_true(rd(PL011_FR) & PL011_FR_RXFE);
	kpl_uart_tx_hold(&uart, false);
	for (i = 0; i < 5; i++)
		assert_int_equal(kpl_uart_tx_pop(&uart), 'a' + i);
	assert_int_equal(kpl_uart_tx_pop(&uart), -1);
}

static void saved_again_it_is_the_same(void **state)
{
	struct kpl011_uart_state again;

	(void)state;
	make_state();
	kpl_uart_init(&uart, false);
	kpl_uart_tx_hold(&uart, true);
	assert_null(kpl_uart_restore(&uart, &saved));
	kpl_uart_save(&uart, &again);
	assert_memory_equal(&again, &saved, sizeof(saved));
}

static void what_is_the_hosts_stays(void **state)
{
	struct kpl011_uart_state empty;

	(void)state;
	kpl_uart_save(&uart, &empty);
	make_state();
	kpl_uart_init(&uart, true);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE);
	kpl_uart_tx_hold(&uart, true);
	kpl_uart_rx_idle(&uart, false);
	wr(PL011_LCR_H, PL011_LCR_BRK);
	assert_null(kpl_uart_restore(&uart, &empty));
	assert_int_equal(uart.tx_breaks, 1);
	assert_true(uart.strict);
	assert_false(uart.rx_idle);
	assert_int_equal(wr(PL011_DR, 'x'), -1);
	assert_int_equal(uart.tx.count, 1);
}

static void what_icr_cleared_stays_cleared_until_the_timeout(void **state)
{
	int i;

	(void)state;
	set_up_like_linux();
	for (i = 0; i < 20; i++)
		kpl_uart_rx_push(&uart, i);
	wr(PL011_ICR, PL011_INT_RX);
	kpl_uart_save(&uart, &saved);
	kpl_uart_init(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(rd(PL011_MIS), PL011_INT_RT);
	assert_true(kpl_uart_rx_acked(&uart));
	kpl_uart_rx_timeout(&uart);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX | PL011_INT_RT);
}

static void chosen_word_length_is_remembered(void **state)
{
	(void)state;
	wr(PL011_LCR_H, 0x70);
	wr(PL011_LCR_H, 0x10);
	kpl_uart_save(&uart, &saved);
	kpl_uart_init(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(wr(PL011_DR, 0xff), 0x1f);
}

static void receiver_that_was_switched_off_stays_off(void **state)
{
	(void)state;
	wr(PL011_CR, PL011_CR_UARTEN);
	kpl_uart_save(&uart, &saved);
	/* What never was on is not off, and has no flag that others do not know. */
	assert_int_equal(saved.flags, 0);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_RXE);
	wr(PL011_CR, PL011_CR_UARTEN);
	kpl_uart_save(&uart, &saved);
	assert_int_equal(saved.flags, KPL011_UART_RX_OFF);
	kpl_uart_init(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(kpl_uart_rx_room(&uart), 0);
	saved.flags = 0;
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(kpl_uart_rx_room(&uart), 1);
}

static void rx_that_stands_below_the_level_is_restored(void **state)
{
	(void)state;
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RX);
	kpl_uart_rx_push(&uart, 'a');
	kpl_uart_save(&uart, &saved);
	assert_int_equal(saved.ris, PL011_INT_RX);
	kpl_uart_init(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
	assert_int_equal(kpl_uart_rx_acked(&uart), 0);

	/* Where more is coming, or the UART is strict, it does not stand. */
	kpl_uart_rx_idle(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(rd(PL011_RIS), 0);
	kpl_uart_rx_idle(&uart, true);
	assert_int_equal(rd(PL011_RIS), PL011_INT_RX);
	kpl_uart_init(&uart, true);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(rd(PL011_RIS), 0);

	/* A state from before there was such a thing: after the time-out. */
	saved.ris = 0;
	kpl_uart_init(&uart, false);
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(kpl_uart_rx_acked(&uart), 1);
	kpl_uart_rx_timeout(&uart);
	assert_int_equal(rd(PL011_MIS), PL011_INT_RX);
}

/* Refused with @why, and nothing is changed. */
static void refuse(const struct kpl011_uart_state *bad, const char *why)
{
	struct kpl_uart before = uart;
	const char *answer = kpl_uart_restore(&uart, bad);

	assert_non_null(answer);
	assert_string_equal(answer, why);
	assert_memory_equal(&uart, &before, sizeof(uart));
}

#define REFUSE(member, value, why) do {			\
	struct kpl011_uart_state bad = saved;		\
	bad.member = (value);				\
	refuse(&bad, why);				\
} while (0)

static void state_that_no_uart_can_have_is_refused_whole(void **state)
{
	(void)state;
	make_state();
	reset(NULL);

	REFUSE(version, 0, "version");
	REFUSE(version, KPL011_UART_STATE_VERSION + 1, "version");
	REFUSE(flags, saved.flags | 8, "flags");
	REFUSE(flags, saved.flags | KPL011_UART_RX_OFF, "flags");
	REFUSE(flags, saved.flags & ~KPL011_UART_WLEN_CHOSEN, "flags");
	REFUSE(divisor, 1 << 22, "divisor");
	REFUSE(modem, PL011_FR_TXFE, "modem");
	REFUSE(reserved, 1, "reserved");
	REFUSE(rsr, 0x10, "RSR");
	REFUSE(ilpr, 0x100, "ILPR");
	REFUSE(fbrd, 0x40, "FBRD");
	REFUSE(lcr_h, 0x174, "LCR_H");
	REFUSE(cr, 0x8, "CR");
	REFUSE(ifls, 0x40, "IFLS");
	REFUSE(imsc, 0x800, "IMSC");
	REFUSE(ris, 0x800, "RIS");
	REFUSE(dmacr, 8, "DMACR");
	REFUSE(test[0], 8, "TCR");
	REFUSE(test[1], 0x100, "ITIP");
	REFUSE(test[3], 0x800, "TDR");
	REFUSE(tx_count, PL011_FIFO_DEPTH + 1, "tx");
	REFUSE(tx_count, 0xffff, "tx");
	REFUSE(tx_count, 4, "tx");	/* the fifth is not 0 */
	REFUSE(tx[0], 0x100, "tx");
	REFUSE(rx_count, PL011_FIFO_DEPTH + 1, "rx");
	REFUSE(rx_count, 0, "rx");
	REFUSE(rx[0], 0x1000, "rx");
	/* With FEN=0 there is room for one. */
	REFUSE(lcr_h, 0x64, "tx");
}

static void interrupt_without_its_characters_is_refused(void **state)
{
	(void)state;
	kpl_uart_save(&uart, &saved);
	REFUSE(ris, PL011_INT_RX, "RIS");
	REFUSE(ris, PL011_INT_RT, "RIS");
	set_up_like_linux();
	wr(PL011_IMSC, PL011_INT_RX);
	kpl_uart_rx_push(&uart, 'a');
	kpl_uart_save(&uart, &saved);
	REFUSE(imsc, 0, "RIS");
	REFUSE(imsc, PL011_INT_RX | PL011_INT_RT, "RIS");
	reset(NULL);
	kpl_uart_save(&uart, &saved);
	saved.ris = PL011_INT_TX | PL011_INT_OE;
	assert_null(kpl_uart_restore(&uart, &saved));
	assert_int_equal(rd(PL011_RIS), PL011_INT_TX | PL011_INT_OE);
}

static void state_has_no_padding(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct kpl011_uart_state),
			 3 * sizeof(u32) + 18 * sizeof(u16) +
				 2 * PL011_FIFO_DEPTH * sizeof(u16));
}

static void reset_leaves_what_is_not_the_uarts(void **state)
{
	struct kpl_uart fresh = uart;

	(void)state;
	make_state();
	wr(PL011_LCR_H, 0x75);
	kpl_uart_reset(&uart);
	assert_int_equal(uart.tx_breaks, 1);
	assert_true(uart.tx_held);
	assert_int_equal(uart.modem, PL011_FR_DSR | PL011_FR_RI);
	kpl_uart_tx_hold(&uart, false);
	fresh.tx_breaks = 1;
	fresh.modem = uart.modem;
	assert_memory_equal(&uart, &fresh, sizeof(uart));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(restored_uart_goes_on_as_the_saved_one),
		TEST(saved_again_it_is_the_same),
		TEST(what_is_the_hosts_stays),
		TEST(what_icr_cleared_stays_cleared_until_the_timeout),
		TEST(chosen_word_length_is_remembered),
		TEST(receiver_that_was_switched_off_stays_off),
		TEST(rx_that_stands_below_the_level_is_restored),
		TEST(state_that_no_uart_can_have_is_refused_whole),
		TEST(interrupt_without_its_characters_is_refused),
		TEST(state_has_no_padding),
		TEST(reset_leaves_what_is_not_the_uarts),
	};

	return cmocka_run_group_tests_name("uart state", tests, NULL, NULL);
}
