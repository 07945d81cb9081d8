// SPDX-License-Identifier: GPL-2.0-only
/* The self-test of a client, in loopback: nothing of it is seen outside. */
#include "check.h"

static uint32_t seen_mis;

static void set_up(void)
{
	uart_write32(PL011_IMSC, 0);
	uart_write32(PL011_LCR_H, 0);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_CR, CR_ENABLED | PL011_CR_LBE);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_ICR, PL011_INT_ALL);
}

static void leave(void)
{
	uart_write32(PL011_IMSC, 0);
	uart_write32(PL011_LCR_H, 0);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_CR, CR_ENABLED);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_ICR, PL011_INT_ALL);
}

/* All bytes, a FIFO of them at a time. */
static const char *try_bytes(void)
{
	unsigned int depth = fifo_depth();
	unsigned int byte, i;
	uint32_t got;

	for (byte = 0; byte < 256; byte += depth) {
		for (i = 0; i < depth; i++)
			uart_write32(PL011_DR, byte + i);
		if (!(uart_read(PL011_FR) & PL011_FR_RXFF))
			return wrong("not full, FR", uart_read(PL011_FR));
		for (i = 0; i < depth; i++) {
			got = uart_read(PL011_DR);
			if (got != byte + i)
				return wrong("another byte, DR", got);
		}
		if (!(uart_read(PL011_FR) & PL011_FR_RXFE))
			return wrong("more than was sent, DR", uart_read(PL011_DR));
	}
	return 0;
}

static const char *bytes(void)
{
	const char *what;

	put_string("loopback: <");
	set_up();
	what = try_bytes();
	leave();
	put_string(">\n");
	return what;
}

/* One more than it holds: that one is lost, and the next one tells. */
static const char *try_overrun(void)
{
	unsigned int depth = fifo_depth();
	unsigned int i;
	uint32_t got;

	for (i = 0; i <= depth; i++)
		uart_write32(PL011_DR, 'a' + i);
	if (!(uart_read(PL011_RIS) & PL011_INT_OE) || !(uart_read(PL011_RSR) & PL011_DR_OE >> 8))
		return wrong("not told, RIS", uart_read(PL011_RIS));
	for (i = 0; i < depth; i++) {
		got = uart_read(PL011_DR);
		if ((got & 0xff) != 'a' + i)
			return wrong("another byte, DR", got);
	}
	if (!(uart_read(PL011_FR) & PL011_FR_RXFE))
		return wrong("more than it holds, DR", uart_read(PL011_DR));
	uart_write32(PL011_DR, 'z');
	got = uart_read(PL011_DR);
	return got == (PL011_DR_OE | 'z') ? 0 : wrong("the next, DR", got);
}

static const char *overrun(void)
{
	const char *what;

	put_string("loopback: <");
	set_up();
	what = try_overrun();
	leave();
	put_string(">\n");
	return what;
}

static const char *try_break(void)
{
	uint32_t got;

	uart_write32(PL011_LCR_H, LCR_8_BITS | PL011_LCR_BRK);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	if (!(uart_read(PL011_RIS) & PL011_INT_BE))
		return wrong("RIS", uart_read(PL011_RIS));
	got = uart_read(PL011_DR);
	return got == PL011_BREAK ? 0 : wrong("DR", got);
}

static const char *loop_break(void)
{
	const char *what;

	put_string("loopback: <");
	set_up();
	what = try_break();
	leave();
	put_string(">\n");
	return what;
}

static void modem_intr(void)
{
	seen_mis = uart_read(PL011_MIS);
	uart_write32(PL011_ICR, PL011_INT_ALL);
}

static bool interrupted(void)
{
	return uart_interrupts;
}

/* Each output is an input, whose change interrupts once. */
static const char *try_modem(void)
{
	static const struct {
		uint16_t out, in, interrupt;
	} lines[] = {
		{ PL011_CR_RTS, PL011_FR_CTS, PL011_INT_CTS },
		{ PL011_CR_DTR, PL011_FR_DSR, PL011_INT_DSR },
		{ PL011_CR_OUT1, PL011_FR_DCD, PL011_INT_DCD },
		{ PL011_CR_OUT2, PL011_FR_RI, PL011_INT_RI },
	};
	uint32_t cr = CR_ENABLED | PL011_CR_LBE;
	unsigned int i;

	uart_write32(PL011_IMSC, PL011_INT_CTS | PL011_INT_DSR | PL011_INT_DCD | PL011_INT_RI);
	for (i = 0; i < 8; i++) {
		on_interrupt(modem_intr);
		seen_mis = 0;
		cr ^= lines[i / 2].out;
		uart_write32(PL011_CR, cr);
		if ((uart_read(PL011_FR) & PL011_FR_MODEM) != (i % 2 ? 0 : lines[i / 2].in))
			return wrong("FR", uart_read(PL011_FR));
		if (!wait_until(interrupted, SOON_MS))
			return wrong("no interrupt, RIS", uart_read(PL011_RIS));
		if (uart_interrupts != 1 || seen_mis != lines[i / 2].interrupt)
			return wrong("MIS", seen_mis);
	}
	return 0;
}

static const char *modem(void)
{
	const char *what;

	put_string("loopback: <");
	set_up();
	what = try_modem();
	leave();
	put_string(">\n");
	return what;
}

/* Outside loopback a terminal is connected. */
static const char *lines_restored(void)
{
	uint32_t fr;

	set_up();
	leave();
	fr = uart_read(PL011_FR) & PL011_FR_MODEM;
	return fr == (PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD) ? 0 : wrong("FR", fr);
}

void main(void)
{
	check("bytes", bytes);
	check("overrun", overrun);
	check("break", loop_break);
	check("modem", modem);
	check("restored", lines_restored);
	power_off();
}
