// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that knows the subset of the SBSA: DR, RSR, FR, RIS, MIS, IMSC and
 * ICR. First with the UART as after reset, then with the FIFOs on, as a
 * firmware leaves it.
 */
#include "rx.h"

static const char *text;
static unsigned int acknowledged;

static void set_up(void)
{
	uart_write32(PL011_IMSC, 0);
	while (!(uart_read(PL011_FR) & PL011_FR_RXFE))
		uart_read(PL011_DR);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_ICR, PL011_INT_ALL);
}

/* One character each time: what is left raises it again. */
static void one_intr(void)
{
	if (uart_read(PL011_MIS) & ~(PL011_INT_RX | PL011_INT_RT))
		rx_took(uart_read(PL011_MIS) | 0x100);
	rx_took(uart_read(PL011_DR));
}

static const char *one_by_one(void)
{
	set_up();
	on_interrupt(one_intr);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	rx_ask(20);
	rx_wait();
	return rx_wrong();
}

/* The first time it clears the interrupt and takes nothing. */
static void ack_intr(void)
{
	uart_write32(PL011_ICR, PL011_INT_RX | PL011_INT_RT);
	if (acknowledged++)
		rx_drain();
}

static const char *ack_without_reading(void)
{
	set_up();
	acknowledged = 0;
	on_interrupt(ack_intr);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	rx_ask(5);
	rx_wait();
	return rx_wrong();
}

static void tx_intr(void)
{
	uart_write32(PL011_ICR, PL011_INT_TX);
	if (*text)
		uart_write32(PL011_DR, *text++);
	else
		uart_write32(PL011_IMSC, 0);
}

static bool text_is_sent(void)
{
	return !*text;
}

static const char *transmit(void)
{
	set_up();
	text = "bsa: transmits by interrupt\n";
	on_interrupt(tx_intr);
	uart_write32(PL011_DR, 's');
	uart_write32(PL011_IMSC, PL011_INT_TX);
	if (!wait_until(text_is_sent, SOON_MS)) {
		uart_write32(PL011_IMSC, 0);
		return wrong("no interrupt, RIS", uart_read(PL011_RIS));
	}
	return 0;
}

static void drain_intr(void)
{
	rx_drain();
}

static const char *drained(void)
{
	set_up();
	on_interrupt(drain_intr);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	rx_ask(53);
	rx_wait();
	return rx_wrong();
}

void main(void)
{
	check("one_by_one", one_by_one);
	check("ack", ack_without_reading);
	check("transmit", transmit);

	uart_write32(PL011_LCR_H, LCR_8_BITS);
	check("fifo_one_by_one", one_by_one);
	check("fifo_ack", ack_without_reading);
	check("fifo_transmit", transmit);
	check("fifo_drained", drained);
	power_off();
}
