// SPDX-License-Identifier: GPL-2.0-only
/* Clients that receive by interrupt: at the level of IFLS, and the tail by time-out. */
#include "rx.h"

static uint32_t seen_mis;
static uint32_t seen_char;

/* Without IMSC: that is the check's. */
static void set_up(void)
{
	uart_write32(PL011_IMSC, 0);
	uart_write32(PL011_LCR_H, 0);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_IFLS, 0x12);
	uart_write32(PL011_CR, CR_ENABLED | PL011_CR_RTS | PL011_CR_DTR);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_ICR, PL011_INT_ALL);
	seen_mis = 0;
}

/* drivers/tty/serial/amba-pl011.c: pl011_int() */
static void linux_intr(void)
{
	uint32_t status = uart_read(PL011_RIS) & uart_read(PL011_IMSC);

	seen_mis |= status;
	uart_write32(PL011_ICR, status & ~(PL011_INT_TX | PL011_INT_RT | PL011_INT_RX));
	if (status & (PL011_INT_RX | PL011_INT_RT))
		rx_drain();
}

static bool interrupted(void)
{
	return uart_interrupts;
}

static void mask(void)
{
	seen_mis |= uart_read(PL011_MIS);
	uart_write32(PL011_IMSC, 0);
}

/* RXRIS at three levels: not with one character less. */
static const char *level(void)
{
	static const uint8_t eighths[3][2] = { { 0, 1 }, { 2, 4 }, { 4, 7 } };
	unsigned int i, n;
	const char *what;

	for (i = 0; i < 3; i++) {
		n = eighths[i][1] * fifo_depth() / 8;
		set_up();
		uart_write32(PL011_IFLS, eighths[i][0] << 3);
		on_interrupt(mask);
		uart_write32(PL011_IMSC, PL011_INT_RX);
		rx_ask(n - 1);
		if (!arrives())
			return "nothing came";
		if (wait_until(interrupted, NEVER_MS))
			return wrong("RXRIS below the level of", n);
		rx_drain();
		what = rx_wrong();
		if (what)
			return what;

		on_interrupt(linux_intr);
		rx_ask(n);
		if (!rx_wait())
			return wrong("no RXRIS at the level of", n);
		what = rx_wrong();
		if (what || seen_mis != PL011_INT_RX)
			return what ? what : wrong("MIS", seen_mis);
	}
	return 0;
}

/* Every byte of bursts that end below the level. */
static const char *tail(void)
{
	static const uint8_t bursts[] = { 1, 5, 17, 37, 62 };
	const char *what;
	unsigned int i;

	set_up();
	on_interrupt(linux_intr);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	for (i = 0; i < sizeof(bursts); i++) {
		rx_ask(bursts[i]);
		rx_wait();
		what = rx_wrong();
		if (what)
			return what;
	}
	return 0;
}

/* RTRIS is what tells of a tail, and goes when that is taken. */
static const char *timeout(void)
{
	set_up();
	on_interrupt(linux_intr);
	uart_write32(PL011_IMSC, PL011_INT_RT);
	rx_ask(3);
	if (!rx_wait()) {
		uart_write32(PL011_IMSC, 0);
		return wrong("no RTRIS, RIS", uart_read(PL011_RIS));
	}
	if (uart_read(PL011_RIS) & PL011_INT_RT)
		return wrong("RTRIS stays, RIS", uart_read(PL011_RIS));
	return rx_wrong();
}

/* Bytes come while all is masked, and ICR is cleared before IMSC is set. */
static const char *masked_start(void)
{
	set_up();
	on_interrupt(linux_intr);
	rx_ask(5);
	if (!arrives())
		return "nothing came";
	/* All five. */
	wait_until(interrupted, NEVER_MS);
	uart_write32(PL011_ICR, PL011_INT_ALL);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	rx_wait();
	return rx_wrong();
}

/* A change of FEN empties the receiver, which then works as before. */
static const char *fen(void)
{
	set_up();
	on_interrupt(linux_intr);
	rx_ask(5);
	if (!arrives())
		return "nothing came";
	uart_write32(PL011_LCR_H, PL011_LCR_WLEN);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	if (!(uart_read(PL011_FR) & PL011_FR_RXFE))
		return wrong("not flushed, FR", uart_read(PL011_FR));
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	rx_ask(21);
	rx_wait();
	return rx_wrong();
}

static void break_intr(void)
{
	seen_mis = uart_read(PL011_MIS);
	uart_write32(PL011_ICR, PL011_INT_BE | PL011_INT_FE);
	uart_write32(PL011_IMSC, 0);
	seen_char = uart_read(PL011_DR);
}

/* One character of 0 with BE and FE, and its interrupt. */
static const char *take_break(void)
{
	set_up();
	seen_char = 0;
	on_interrupt(break_intr);
	uart_write32(PL011_IMSC, PL011_INT_BE);
	put_string("break\n");
	if (!wait_until(interrupted, SOON_MS)) {
		uart_write32(PL011_IMSC, 0);
		return wrong("no interrupt, RIS", uart_read(PL011_RIS));
	}
	if (seen_mis != PL011_INT_BE || seen_char != PL011_BREAK)
		return wrong("DR", seen_char);
	if (uart_read(PL011_RSR) != PL011_BREAK >> 8)
		return wrong("RSR", uart_read(PL011_RSR));
	return uart_read(PL011_FR) & PL011_FR_RXFE ? 0 : wrong("more, DR", uart_read(PL011_DR));
}

void main(void)
{
	check("tail", tail);
	check("level", level);
	check("timeout", timeout);
	check("masked_start", masked_start);
	check("fen", fen);
	check("break", take_break);
	power_off();
}
