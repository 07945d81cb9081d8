// SPDX-License-Identifier: GPL-2.0-only
/* Clients that transmit from the interrupt: FreeBSD one byte, Linux half a FIFO at a time. */
#include "check.h"

static const char *text;
static bool unexpected_mis;

static void set_up(void)
{
	uart_write32(PL011_IMSC, 0);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_IFLS, 0x12);
	uart_write32(PL011_CR, CR_ENABLED | PL011_CR_RTS | PL011_CR_DTR);
	uart_write32(PL011_ICR, PL011_INT_ALL);
}

static bool interrupted(void)
{
	return uart_interrupts;
}

static void mask(void)
{
	uart_write32(PL011_IMSC, 0);
}

/* To be let through is no reason to be raised. */
static const char *enabling(void)
{
	set_up();
	on_interrupt(mask);
	uart_write32(PL011_IMSC, PL011_INT_TX);
	if (wait_until(interrupted, NEVER_MS))
		return wrong("an interrupt, RIS", uart_read(PL011_RIS));
	mask();
	return 0;
}

/* sys/dev/uart/uart_dev_pl011.c: TXRIS says that the batch has gone. */
static void freebsd_intr(void)
{
	if (uart_read(PL011_MIS) != PL011_INT_TX)
		unexpected_mis = true;
	mask();
}

static const char *freebsd(void)
{
	const char *s;

	set_up();
	unexpected_mis = false;
	for (s = "freebsd: a batch of one byte, then the interrupt\n"; *s; s++) {
		on_interrupt(freebsd_intr);
		uart_write32(PL011_ICR, PL011_INT_TX);
		uart_write32(PL011_DR, *s);
		uart_write32(PL011_IMSC, PL011_INT_TX);
		if (!wait_until(interrupted, SOON_MS)) {
			mask();
			put_string("\n");
			return wrong("no interrupt, RIS", uart_read(PL011_RIS));
		}
	}
	return unexpected_mis ? "another interrupt than TX" : 0;
}

/* drivers/tty/serial/amba-pl011.c: pl011_tx_chars() from the interrupt, which never looks at FR */
static void linux_intr(void)
{
	unsigned int count = fifo_depth() / 2;

	if (uart_read(PL011_MIS) != PL011_INT_TX)
		unexpected_mis = true;
	while (*text && count--)
		uart_write32(PL011_DR, *text++);
	if (!*text)
		mask();
}

static bool text_is_sent(void)
{
	return !*text;
}

static const char *linux_tty(void)
{
	set_up();
	unexpected_mis = false;
	text = "inux: 0 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 1 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 2 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 3 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 4 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 5 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 6 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n"
	       "linux: 7 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n";
	on_interrupt(linux_intr);
	/* pl011_start_tx_pio() */
	uart_write32(PL011_DR, 'l');
	uart_write32(PL011_IMSC, PL011_INT_TX);
	if (!wait_until(text_is_sent, SOON_MS)) {
		mask();
		put_string("\n");
		return wrong("no interrupt, RIS", uart_read(PL011_RIS));
	}
	return unexpected_mis ? "another interrupt than TX" : 0;
}

/* Cleared by ICR it is down, until the next byte has gone. */
static const char *clearing(void)
{
	set_up();
	uart_write32(PL011_DR, '.');
	uart_write32(PL011_DR, '\n');
	if (!poll_set(PL011_RIS, PL011_INT_TX, SOON_MS))
		return "TXRIS is not raised";
	uart_write32(PL011_ICR, PL011_INT_TX);
	return uart_read(PL011_RIS) & PL011_INT_TX ? "ICR does not clear TXRIS" : 0;
}

void main(void)
{
	check("enabling", enabling);
	check("freebsd", freebsd);
	check("linux", linux_tty);
	check("clearing", clearing);
	power_off();
}
