// SPDX-License-Identifier: GPL-2.0-only
#include "rx.h"

const char rx_text[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static volatile unsigned int taken;
static unsigned int expected;
static volatile uint32_t other;

void rx_expect(unsigned int n)
{
	taken = 0;
	expected = n;
	other = 0;
}

void rx_ask(unsigned int n)
{
	rx_expect(n);
	ask(rx_text, n);
}

void rx_took(uint32_t ch)
{
	if (taken >= expected || ch != (uint8_t)rx_text[taken])
		other = ch | 0x10000;
	taken++;
}

void rx_drain(void)
{
	while (!(uart_read(PL011_FR) & PL011_FR_RXFE))
		rx_took(uart_read(PL011_DR));
}

static bool all_taken(void)
{
	return other || taken >= expected;
}

static bool some_are_there(void)
{
	return taken || all_taken() || !(uart_read(PL011_FR) & PL011_FR_RXFE);
}

bool rx_wait(void)
{
	unsigned int i;

	/* No interrupt may come, so it is looked from time to time. */
	for (i = 0; i < SENT_MS / NEVER_MS; i++)
		if (wait_until(some_are_there, NEVER_MS))
			break;
	return wait_until(all_taken, SOON_MS);
}

const char *rx_wrong(void)
{
	if (other)
		return wrong("another byte, DR", other & 0xffff);
	return taken == expected ? 0 : wrong("stranded, bytes that came", taken);
}
