// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include "gic.h"

/* More than any check needs: the line never went low. */
#define STORM		100000

#define TIMER_ENABLE	1UL

extern char vectors[];

volatile unsigned int uart_interrupts;

static void (*uart_handler)(void);
static const char *wrong_what;
static unsigned long wrong_number;

void put_hex(unsigned long number)
{
	int shift = 60;

	put_string("0x");
	while (shift && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		uart_write32(PL011_DR, "0123456789abcdef"[number >> shift & 0xf]);
}

const char *wrong(const char *what, unsigned long number)
{
	wrong_what = what;
	wrong_number = number;
	return what;
}

void check(const char *name, const char *(*does)(void))
{
	const char *what;

	asm volatile("msr vbar_el1, %0\n\tisb" : : "r" (vectors) : "memory");
	wrong_what = 0;
	what = does();
	put_string(what ? "not ok " : "ok ");
	put_string(name);
	if (what) {
		put_string(": ");
		put_string(what);
	}
	if (what && what == wrong_what) {
		put_string(" (");
		put_hex(wrong_number);
		put_string(")");
	}
	put_string("\n");
}

/* The end of a guest that cannot go on. */
static void give_up(const char *what, unsigned long a, unsigned long b)
{
	uart_write32(PL011_IMSC, 0);
	put_string("\nnot ok ");
	put_string(what);
	put_string(" ");
	put_hex(a);
	put_string(" ");
	put_hex(b);
	put_string("\n");
	power_off();
}

void exception_entry(unsigned long esr, unsigned long elr)
{
	give_up("exception: ESR and ELR", esr, elr);
}

static unsigned long ticks(void)
{
	unsigned long now;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (now) : : "memory");
	return now;
}

static unsigned long ticks_of(unsigned int ms)
{
	unsigned long frequency;

	asm("mrs %0, cntfrq_el0" : "=r" (frequency));
	return frequency / 1000 * ms;
}

static void timer(unsigned long control)
{
	asm volatile("msr cntv_ctl_el0, %0\n\tisb" : : "r" (control) : "memory");
}

void irq_entry(void)
{
	unsigned int intid = gic_acknowledge();

	if (intid == INTID_NONE)
		return;
	if (intid == INTID_TIMER)
		timer(0);
	if (intid == INTID_UART) {
		if (++uart_interrupts == STORM)
			give_up("interrupts: they do not end, RIS and IMSC",
				uart_read(PL011_RIS), uart_read(PL011_IMSC));
		if (uart_handler)
			uart_handler();
		else
			give_up("interrupts: none was asked for, RIS and IMSC",
				uart_read(PL011_RIS), uart_read(PL011_IMSC));
	}
	gic_end(intid);
}

void on_interrupt(void (*handler)(void))
{
	static bool started;

	asm volatile("msr daifset, #2" : : : "memory");
	uart_handler = handler;
	uart_interrupts = 0;
	if (!started) {
		gic_start();
		started = true;
	}
	asm volatile("msr daifclr, #2" : : : "memory");
}

bool wait_until(bool (*done)(void), unsigned int ms)
{
	unsigned long end = ticks() + ticks_of(ms);
	bool is_done;

	asm volatile("msr cntv_cval_el0, %0" : : "r" (end) : "memory");
	timer(TIMER_ENABLE);
	for (;;) {
		/* Masked, so that none comes between the look and the sleep. */
		asm volatile("msr daifset, #2" : : : "memory");
		is_done = done();
		if (is_done || ticks() >= end)
			break;
		asm volatile("wfi\n\tmsr daifclr, #2\n\tisb" : : : "memory");
	}
	asm volatile("msr daifclr, #2" : : : "memory");
	timer(0);
	return is_done;
}

bool poll_set(unsigned int offset, uint32_t bits, unsigned int ms)
{
	unsigned long end = ticks() + ticks_of(ms);

	while (!(uart_read(offset) & bits))
		if (ticks() >= end)
			return false;
	return true;
}

bool poll_clear(unsigned int offset, uint32_t bits, unsigned int ms)
{
	unsigned long end = ticks() + ticks_of(ms);

	while (uart_read(offset) & bits)
		if (ticks() >= end)
			return false;
	return true;
}

void ask(const char *text, unsigned int n)
{
	put_string("send ");
	while (n--)
		uart_write32(PL011_DR, *text++);
	put_string("\n");
}

bool arrives(void)
{
	return poll_clear(PL011_FR, PL011_FR_RXFE, SENT_MS);
}

unsigned int fifo_depth(void)
{
	return (uart_read(PL011_PERIPHID0 + 8) >> 4 & 0xf) >= 3 ? 32 : 16;
}
