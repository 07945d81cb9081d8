// SPDX-License-Identifier: GPL-2.0-only
/* Prints before and after it enables the UART, and then what it is sent. */
#include "check.h"

static void set_up(uint32_t cr)
{
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_CR, cr);
}

static const char *receive(void)
{
	unsigned int i;
	uint32_t got;

	ask("xyz", 3);
	for (i = 0; i < 3; i++) {
		if (!arrives())
			return wrong("input ends early, at", i);
		got = uart_read(PL011_DR);
		if (got != "xyz"[i])
			return wrong("DR", got);
	}
	return 0;
}

void main(void)
{
	put_string("strict: after reset\n");
	set_up(PL011_CR_TXE | PL011_CR_RXE);
	put_string("strict: without UARTEN\n");
	set_up(PL011_CR_UARTEN | PL011_CR_RXE);
	put_string("strict: without TXE\n");
	set_up(0);
	/* What had to wait may have filled the FIFO: it goes. */
	uart_write32(PL011_LCR_H, 0);
	set_up(CR_ENABLED);
	put_string("strict: enabled\n");
	check("receive", receive);
	power_off();
}
