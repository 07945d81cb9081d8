// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients that poll. First the UART is as after reset, and nobody enables it:
 * stores of each width, Linux earlycon. Then as TF-A, OP-TEE and EDK2 set it
 * up and use it. What each prints is compared by the host.
 */
#include "check.h"

/* Polls of FR that a byte may take: no guest's loop may go on for ever. */
#define POLLS	100000

static unsigned int most_polls;

static void poll_while(uint32_t bits, uint32_t value)
{
	unsigned int polls = 0;

	while ((uart_read(PL011_FR) & bits) == value && polls < POLLS)
		polls++;
	if (polls > most_polls)
		most_polls = polls;
}

static const char *print(const char *s, void (*put)(char c))
{
	most_polls = 0;
	while (*s)
		put(*s++);
	return most_polls < POLLS ? 0 : wrong("a poll of FR did not end, FR", uart_read(PL011_FR));
}

/* drivers/tty/serial/amba-pl011.c: pl011_early_write() */
static void earlycon_put(char c)
{
	poll_while(PL011_FR_TXFF, PL011_FR_TXFF);
	uart_write8(PL011_DR, c);
	poll_while(PL011_FR_BUSY, PL011_FR_BUSY);
}

static const char *earlycon(void)
{
	return print("earlycon: Booting Linux on physical CPU 0x0000000000\n", earlycon_put);
}

/* Only the low byte of a store is a character. */
static const char *widths(void)
{
	const char *s;

	for (s = "widths: 8 bits,"; *s; s++)
		uart_write8(PL011_DR, *s);
	for (s = " 16 bits,"; *s; s++)
		uart_write16(PL011_DR, 0xff00 | *s);
	for (s = " 32 bits,"; *s; s++)
		uart_write32(PL011_DR, 0xffffff00 | *s);
	for (s = " 64 bits\n"; *s; s++)
		uart_write64(PL011_DR, 0xffffffffffffff00 | *s);
	return 0;
}

/* Stores next to DR: no byte, no fault. */
static const char *neighbours(void)
{
	put_string("neighbours: <");
	uart_write8(PL011_DR + 1, '1');
	uart_write8(PL011_DR + 2, '2');
	uart_write8(PL011_DR + 3, '3');
	uart_write16(PL011_DR + 2, '4');
	put_string(">\n");
	return 0;
}

/* Registers that do not exist read as zero, and a write of them is nothing. */
static const char *reserved(void)
{
	static const unsigned int offsets[] = { 0x008, 0x00c, 0x01c, 0x04c, 0x07c, 0xfdc };
	unsigned int i;

	for (i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		uart_write32(offsets[i], 0xffffffff);
		if (uart_read(offsets[i]))
			return wrong("not 0: register", offsets[i]);
	}
	return 0;
}

/* drivers/amba/bus.c: a byte in each of eight words. */
static const char *identity(void)
{
	uint32_t periph = 0, cell = 0;
	int i;

	for (i = 0; i < 4; i++) {
		periph |= (uart_read(PL011_PERIPHID0 + 4 * i) & 0xff) << 8 * i;
		cell |= (uart_read(PL011_PERIPHID0 + 16 + 4 * i) & 0xff) << 8 * i;
	}
	if (cell != 0xb105f00d)
		return wrong("PCellID", cell);
	/* The driver's mask: any revision of the PL011. */
	return (periph & 0x000fffff) == 0x00041011 ? 0 : wrong("PeriphID", periph);
}

/* TF-A's console_pl011_core_init() */
static void tfa_init(void)
{
	uart_write32(PL011_CR, uart_read(PL011_CR) & ~PL011_CR_UARTEN);
	uart_write32(PL011_IBRD, 13);
	uart_write32(PL011_FBRD, 1);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_CR, CR_ENABLED);
}

static void tfa_put(char c)
{
	poll_while(PL011_FR_TXFF, PL011_FR_TXFF);
	uart_write32(PL011_DR, c);
}

static const char *tfa(void)
{
	const char *what;

	tfa_init();
	what = print("NOTICE:  BL31: v2.8(release):\n", tfa_put);
	/* console_pl011_core_flush() */
	poll_while(PL011_FR_BUSY, PL011_FR_BUSY);
	return what ? what : most_polls < POLLS ? 0 : "BUSY stays";
}

/* OP-TEE's pl011_putc(): the FIFO is empty before each character. */
static void optee_put(char c)
{
	poll_while(PL011_FR_BUSY, PL011_FR_BUSY);
	uart_write32(PL011_DR, c);
}

static const char *optee(void)
{
	/* pl011_init() */
	uart_write32(PL011_CR, 0);
	uart_write32(PL011_RSR, 0);
	uart_write32(PL011_IMSC, 0);
	uart_write32(PL011_ICR, PL011_INT_ALL);
	uart_write32(PL011_IBRD, 13);
	uart_write32(PL011_FBRD, 1);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	uart_write32(PL011_CR, CR_ENABLED);
	return print("I/TC: OP-TEE version: 3.19.0\n", optee_put);
}

/* EDK2's PL011UartInitializePort() and PL011UartWrite(), with TXFE. */
static void edk2_put(char c)
{
	poll_while(PL011_FR_TXFE, 0);
	uart_write8(PL011_DR, c);
}

static const char *edk2(void)
{
	poll_while(PL011_FR_BUSY, PL011_FR_BUSY);
	uart_write32(PL011_CR, 0);
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	uart_write32(PL011_CR, CR_ENABLED | PL011_CR_RTS | PL011_CR_DTR);
	uart_write32(PL011_IMSC, 0);
	return print("UEFI firmware starting.\n", edk2_put);
}

/* Input by polling, with all interrupts masked: more than the FIFO holds. */
static const char *masked(void)
{
	static const char text[62] =
		"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned int i;
	uint32_t got;

	uart_write32(PL011_IMSC, 0);
	ask(text, sizeof(text));
	for (i = 0; i < sizeof(text); i++) {
		if (!arrives())
			return wrong("input ends early, at", i);
		got = uart_read(PL011_DR);
		if (got != (uint8_t)text[i])
			return wrong("another byte", got);
	}
	if (!(uart_read(PL011_FR) & PL011_FR_RXFE))
		return wrong("more than was sent", uart_read(PL011_DR));
	return uart_read(PL011_MIS) ? wrong("MIS", uart_read(PL011_MIS)) : 0;
}

/* Toggling FEN between bytes loses and repeats none that were written. */
static const char *fen(void)
{
	const char *s;

	for (s = "fen: a line that is printed with and without FIFOs\n"; *s; s++) {
		uart_write32(PL011_LCR_H, uart_read(PL011_LCR_H) ^ PL011_LCR_FEN);
		uart_write32(PL011_DR, *s);
	}
	uart_write32(PL011_LCR_H, LCR_8_BITS);
	return 0;
}

void main(void)
{
	check("earlycon", earlycon);
	check("widths", widths);
	check("neighbours", neighbours);
	check("reserved", reserved);
	check("identity", identity);
	check("tfa", tfa);
	check("optee", optee);
	check("edk2", edk2);
	check("masked", masked);
	check("fen", fen);
	power_off();
}
