// SPDX-License-Identifier: GPL-2.0-only
/* kmod/image.c: what a guest reads without a trap. */
#include "image.h"
#include "uart_fixture.h"

static u32 image[KPL_UART_PAGE / 4];

static int start(void **state)
{
	reset(state);
	set_up_like_linux();
	kpl_uart_mirror(&uart, true);
	kpl_image_init(image, &uart);
	return 0;
}

static u32 shown(u32 offset)
{
	return image[offset / 4];
}

/* All steps; whoever looks between two of them finds the reason of what MIS says. */
static u64 update(void)
{
	u64 changed = 0;
	unsigned int step;

	for (step = 0; step < KPL_IMAGE_STEPS; step++) {
		changed |= kpl_image_step(image, &uart, step);
		assert_int_equal(shown(PL011_MIS) &
				 ~(shown(PL011_RIS) & shown(PL011_IMSC)), 0);
	}
	return changed;
}

static void assert_shows_all(void)
{
	struct kpl_uart before = uart;
	u32 offset;

	for (offset = 0; offset < KPL_UART_PAGE; offset += 4)
		assert_int_equal(image[offset / 4], rd(offset));
	assert_memory_equal(&before, &uart, sizeof(uart));
}

static void reads_as_the_uart(void **state)
{
	(void)state;
	assert_shows_all();
	assert_int_equal(image[PL011_FR / 4], 0x97);
	assert_int_equal(image[PL011_PERIPHID0 / 4], 0x11);
}

static void tells_which_registers_changed(void **state)
{
	(void)state;
	assert_int_equal(update(), 0);
	wr(PL011_IMSC, PL011_INT_TX);
	assert_int_equal(update(), 1ull << PL011_IMSC / 4);
	wr(PL011_DR, 'x');
	assert_int_equal(update(),
			 1ull << PL011_RIS / 4 | 1ull << PL011_MIS / 4);
	assert_shows_all();
	wr(PL011_ICR, PL011_INT_TX);
	assert_int_equal(update(),
			 1ull << PL011_RIS / 4 | 1ull << PL011_MIS / 4);
	assert_shows_all();
}

/* Changes that go both ways at once, as a restored state brings them. */
static void shows_no_interrupt_without_its_reason(void **state)
{
	static const struct { u32 imsc, modem; } states[] = {
		{ PL011_INT_TX, 0 }, { 0, 1 }, { PL011_INT_TX | PL011_INT_OE, 0 },
		{ PL011_INT_OE, 2 }, { PL011_INT_CTS, 3 }, { 0, 0 },
	};
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 6; i++)
		for (j = 0; j < 6; j++) {
			wr(PL011_DR, 'x');
			wr(PL011_IMSC, states[i].imsc);
			update();
			assert_shows_all();
			wr(PL011_ICR, i % 2 ? PL011_INT_TX : 0);
			wr(PL011_IMSC, states[j].imsc);
			kpl_uart_modem(&uart, states[j].modem & 1 ? 0 : PL011_FR_MODEM);
			update();
			assert_shows_all();
		}
}

/* A bit that goes is gone from MIS when RIS loses it; one that comes is there in RIS. */
static void mis_goes_first_and_comes_last(void **state)
{
	(void)state;
	wr(PL011_IMSC, PL011_INT_TX);
	wr(PL011_DR, 'x');
	kpl_image_step(image, &uart, 0);
	kpl_image_step(image, &uart, 1);
	assert_int_equal(shown(PL011_MIS), 0);
	assert_int_equal(shown(PL011_RIS), 0);
	kpl_image_step(image, &uart, 2);
	assert_int_equal(shown(PL011_RIS), PL011_INT_TX);
	assert_int_equal(shown(PL011_MIS), 0);
	kpl_image_step(image, &uart, 3);
	assert_int_equal(shown(PL011_MIS), PL011_INT_TX);
	wr(PL011_ICR, PL011_INT_TX);
	kpl_image_step(image, &uart, 0);
	assert_int_equal(shown(PL011_MIS), 0);
	assert_int_equal(shown(PL011_RIS), PL011_INT_TX);
	kpl_image_step(image, &uart, 1);
	kpl_image_step(image, &uart, 2);
	kpl_image_step(image, &uart, 3);
	assert_shows_all();
}

static void shows_a_transmitter_that_waits(void **state)
{
	int i;

	(void)state;
	kpl_uart_tx_hold(&uart, true);
	for (i = 0; i < PL011_FIFO_DEPTH; i++)
		wr(PL011_DR, 'x');
	update();
	assert_shows_all();
	assert_int_equal(image[PL011_FR / 4] & (PL011_FR_TXFF | PL011_FR_BUSY),
			 PL011_FR_TXFF | PL011_FR_BUSY);
	kpl_uart_tx_hold(&uart, false);
	while (kpl_uart_tx_pop(&uart) >= 0)
		;
	update();
	assert_shows_all();
}

/* Nobody would be told once, and then not again. */
static void no_burst_fills_the_fifo_of_a_mirror(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2 * PL011_FIFO_DEPTH; i++)
		wr(PL011_DR, 'x');
	update();
	assert_shows_all();
	assert_int_equal(image[PL011_FR / 4] & PL011_FR_TXFF, 0);
	kpl_uart_mirror(&uart, false);
	assert_int_equal(rd(PL011_FR) & PL011_FR_TXFF, PL011_FR_TXFF);
	assert_int_equal(rd(PL011_FR) & PL011_FR_TXFF, 0);
}

static void can_not_be_while_a_read_takes_something(void **state)
{
	(void)state;
	assert_true(kpl_uart_can_mirror(&uart));
	kpl_uart_rx_push(&uart, 'x');
	assert_false(kpl_uart_can_mirror(&uart));
	rd(PL011_DR);
	assert_true(kpl_uart_can_mirror(&uart));
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_LBE);
	assert_false(kpl_uart_can_mirror(&uart));
	kpl_uart_reset(&uart);
	assert_true(kpl_uart_can_mirror(&uart));
	assert_true(uart.mirrored);
}

int main(void)
{
#undef TEST
#define TEST(name)	cmocka_unit_test_setup(name, start)
	const struct CMUnitTest tests[] = {
		TEST(reads_as_the_uart),
		TEST(tells_which_registers_changed),
		TEST(shows_no_interrupt_without_its_reason),
		TEST(mis_goes_first_and_comes_last),
		TEST(shows_a_transmitter_that_waits),
		TEST(no_burst_fills_the_fifo_of_a_mirror),
		TEST(can_not_be_while_a_read_takes_something),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
