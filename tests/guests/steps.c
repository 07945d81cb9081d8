// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the trace: accesses of each kind in a known order, and then whatever is received is sent
 * back, character by character, for ever.
 */
#include "guest.h"

#define UART(type, offset)	(*(volatile type *)(UART_BASE + (offset)))

void main(void)
{
	UART(unsigned int, 0x02c) = 0x71;		/* LCR_H: BRK, FEN, 8 bits */
	UART(unsigned int, 0x02c) = 0x70;
	UART(unsigned char, 0x000) = 'A';
	UART(unsigned char, 0x001) = 'B';		/* no register */
	UART(unsigned short, 0x000) = 'C';
	UART(unsigned long, 0x000) = 0x1122334455667744;	/* wider than one */
	UART(unsigned int, 0x038) = 0x20;		/* IMSC: TX, which stands */
	UART(unsigned int, 0x038) = 0;
	for (;;) {
		if (!(UART_FR & 0x10))			/* RXFE */
			UART_DR = UART_DR & 0xff;
	}
}
