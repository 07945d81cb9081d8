/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guests that check something share. Such a guest prints a line
 *
 *	ok NAME
 *	not ok NAME: what was wrong
 *
 * for each check; lines of its own that the host compares; "send TEXT" or
 * "break" where the host is to send it TEXT (with the escapes of C) or a break;
 * and powers the machine off at the end.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/kpl011_uart.h>

#include "guest.h"

#define LCR_8_BITS	(PL011_LCR_WLEN | PL011_LCR_FEN)
#define CR_ENABLED	(PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE)

/*
 * What must come comes within this time, and what the host is asked for within
 * the second, for it may be slow; what must not come is waited for so long.
 */
#define SOON_MS		10000
#define SENT_MS		60000
#define NEVER_MS	100

void put_hex(unsigned long number);

/* Goes into what was wrong: "NAME: WHAT (0x...)". */
const char *wrong(const char *what, unsigned long number);

/* Prints the verdict of a check, which says NULL or what was wrong. */
void check(const char *name, const char *(*does)(void));

/*
 * From here on the UART's interrupt calls @handler; NULL for none. How often it
 * did so is in uart_interrupts.
 */
void on_interrupt(void (*handler)(void));
extern volatile unsigned int uart_interrupts;

/* Sleeps until @done, with interrupts; false when @ms have passed. */
bool wait_until(bool (*done)(void), unsigned int ms);

/* The same for bits of a register: any of @bits is set, or none is. */
bool poll_set(unsigned int offset, uint32_t bits, unsigned int ms);
bool poll_clear(unsigned int offset, uint32_t bits, unsigned int ms);

/* Asks the host to send the first @n bytes of a text that has no escapes. */
void ask(const char *text, unsigned int n);

/* Waits for what was asked for, without taking it; false if nothing came. */
bool arrives(void);

/* Characters that a FIFO holds, as PeriphID2 tells: 32 of r1p5, 16 before. */
unsigned int fifo_depth(void);

#endif
