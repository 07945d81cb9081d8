// SPDX-License-Identifier: GPL-2.0-only
/* A client that uses characters of 5 to 8 bits, each way. */
#include "check.h"

static void set_word(unsigned int bits)
{
	uart_write32(PL011_LCR_H, PL011_LCR_FEN | (bits - 5) << 5);
}

/* What is printed is compared by the host: of 0xf1 and so on the low bits. */
static const char *transmit(void)
{
	unsigned int bits;

	for (bits = 5; bits <= 8; bits++) {
		set_word(8);
		put_string("cs");
		uart_write32(PL011_DR, '0' + bits);
		put_string(" sends ");
		set_word(bits);
		uart_write32(PL011_DR, 0xf1);
		uart_write32(PL011_DR, 0xb2);
		uart_write32(PL011_DR, 0xd3);
		set_word(8);
		put_string("\n");
	}
	return 0;
}

static const char *receive(unsigned int bits)
{
	static const uint8_t sent[] = { 0xf1, 0xb2, 0xd3 };
	const char *what = 0;
	unsigned int i;
	uint32_t got;

	uart_write32(PL011_IMSC, 0);
	set_word(8);
	put_string("send \\xf1\\xb2\\xd3");
	/* Before the line ends, and with it the host's wait. */
	set_word(bits);
	uart_write32(PL011_DR, '\n');
	for (i = 0; i < sizeof(sent); i++) {
		if (!arrives()) {
			what = wrong("input ends early, at", i);
			break;
		}
		got = uart_read(PL011_DR);
		if (!what && got != (sent[i] & ((1U << bits) - 1)))
			what = wrong("DR", got);
	}
	set_word(8);
	return what;
}

static const char *receive_5(void)
{
	return receive(5);
}

static const char *receive_6(void)
{
	return receive(6);
}

static const char *receive_7(void)
{
	return receive(7);
}

static const char *receive_8(void)
{
	return receive(8);
}

void main(void)
{
	set_word(8);
	uart_write32(PL011_CR, CR_ENABLED);
	check("transmit", transmit);
	check("receive8", receive_8);
	check("receive7", receive_7);
	check("receive6", receive_6);
	check("receive5", receive_5);
	power_off();
}
