/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of kmod/uart.c share: one UART, reset before each test. */
#ifndef UNIT_UART_FIXTURE_H
#define UNIT_UART_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "uart.h"

#define TEST(name)	cmocka_unit_test_setup(name, reset)

static struct kpl_uart uart;

static inline int reset(void **state)
{
	(void)state;
	kpl_uart_init(&uart, false);
	return 0;
}

static inline u32 rd(u32 offset)
{
	return kpl_uart_read(&uart, offset, 4);
}

static inline int wr(u32 offset, u32 value)
{
	return kpl_uart_write(&uart, offset, 4, value);
}

/* As Linux sets it up: FIFOs on, 8 bits, both levels at half. */
static inline void set_up_like_linux(void)
{
	wr(PL011_IFLS, 0x12);
	wr(PL011_LCR_H, 0x70);
	wr(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE |
		     PL011_CR_RTS | PL011_CR_DTR);
	wr(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
}

#endif /* UNIT_UART_FIXTURE_H */
