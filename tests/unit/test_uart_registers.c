// SPDX-License-Identifier: GPL-2.0-only
/* kmod/uart.c: registers: what is stored, what is read. */
#include "uart_fixture.h"

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

/* As of memory, which is what a guest with a mirror of the UART has. */
static void access_beside_a_register_reads_its_bytes(void **state)
{
	(void)state;
	assert_int_equal(kpl_uart_read(&uart, PL011_CR + 1, 1), 0x03);
	assert_int_equal(kpl_uart_read(&uart, PL011_CR + 2, 2), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_CR, 8), 0x1200000300);
	assert_int_equal(kpl_uart_read(&uart, PL011_CR + 1, 8), 0x12000003);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0 + 1, 1), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0, 8), 0x1000000011);
	assert_int_equal(kpl_uart_read(&uart, PL011_PERIPHID0, 1), 0x11);
	assert_int_equal(kpl_uart_read(&uart, 0xffe, 8), 0);
}

static void only_a_read_of_dr_takes_a_character(void **state)
{
	(void)state;
	kpl_uart_rx_push(&uart, PL011_DR_FE | 'x');
	assert_int_equal(kpl_uart_read(&uart, PL011_DR + 1, 1), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_DR + 4, 8), 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_DR + 2, 2), 0);
	assert_int_equal(uart.rx.count, 1);
	assert_int_equal(kpl_uart_show(&uart, PL011_DR), 0);
	assert_int_equal(rd(PL011_DR), PL011_DR_FE | 'x');
}

/* The lower one first: RSR is that of the character which DR gave. */
static void eight_bytes_are_two_registers(void **state)
{
	(void)state;
	kpl_uart_rx_push(&uart, PL011_DR_FE | 'x');
	assert_int_equal(kpl_uart_read(&uart, PL011_DR, 8),
			 1ull << 32 | PL011_DR_FE | 'x');
	assert_int_equal(uart.rx.count, 0);
	assert_int_equal(kpl_uart_read(&uart, PL011_FR, 8), 0x97);

	assert_int_equal(kpl_uart_write(&uart, PL011_DR, 8, 'y'), 'y');
	assert_int_equal(rd(PL011_RSR), 0);
	assert_int_equal(kpl_uart_write(&uart, PL011_FBRD, 8,
					0x70ull << 32 | 0x11), -1);
	assert_int_equal(rd(PL011_FBRD), 0x11);
	assert_int_equal(rd(PL011_LCR_H), 0x70);
	assert_int_equal(uart.divisor, 0x11);
	/* Not aligned it is none. */
	kpl_uart_write(&uart, PL011_IBRD, 8, 0x3f0000003full);
	assert_int_equal(rd(PL011_IBRD), 0);
	assert_int_equal(rd(PL011_FBRD), 0x11);
	/* Nor is there a register after the last. */
	assert_int_equal(kpl_uart_read(&uart, KPL_UART_PAGE - 8, 8),
			 0xb100000005);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_are_those_of_r1p5),
		TEST(reset_values_are_those_of_the_manual),
		TEST(reserved_offsets_read_zero_and_ignore_writes),
		TEST(registers_keep_the_bits_they_have),
		TEST(ids_and_status_are_read_only),
		TEST(access_beside_a_register_reads_its_bytes),
		TEST(only_a_read_of_dr_takes_a_character),
		TEST(eight_bytes_are_two_registers),
		TEST(divisor_is_latched_by_lcr_h),
	};

	return cmocka_run_group_tests_name("uart registers", tests, NULL, NULL);
}
