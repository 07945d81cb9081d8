// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what register accesses cost: COUNT of a kind between two reads of the virtual
 * counter. Prints lines such as "dr_write 10000 ticks 123456" after the counter's frequency,
 * "cntfrq 62500000"; "done" is the last line, and then the machine is powered off.
 *
 * Each kind is measured ROUNDS times: the first is a warm-up like any other, the smallest is
 * the one with the least noise.
 */
#include "guest.h"

#define ROUNDS 3

static unsigned long ticks(void)
{
	unsigned long now;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (now) : : "memory");
	return now;
}

static void put_number(unsigned long number)
{
	char digits[21];
	int i = 20;

	digits[i] = '\0';
	do {
		digits[--i] = '0' + number % 10;
		number /= 10;
	} while (number);
	put_string(digits + i);
}

static void nothing(void)
{
	asm volatile("" : : : "memory");
}

static void dr_write(void)
{
	UART_DR = '.';
}

static void fr_read(void)
{
	(void)UART_FR;
}

static void fr_read_dr_write(void)
{
	(void)UART_FR;
	UART_DR = '.';
}

static inline __attribute__((always_inline)) void measure(const char *name, void (*access)(void))
{
	unsigned long began, took;
	unsigned int i;

	began = ticks();
	for (i = 0; i < COUNT; i++)
		access();
	took = ticks() - began;

	put_string("\n");
	put_string(name);
	put_string(" ");
	put_number(COUNT);
	put_string(" ticks ");
	put_number(took);
	put_string("\n");
}

void main(void)
{
	unsigned long frequency;
	int round;

	asm volatile("mrs %0, cntfrq_el0" : "=r" (frequency));
	put_string("cntfrq ");
	put_number(frequency);
	put_string("\n");

	for (round = 0; round < ROUNDS; round++) {
		measure("nothing", nothing);
		measure("dr_write", dr_write);
		measure("fr_read", fr_read);
		measure("fr_read_dr_write", fr_read_dr_write);
	}
	put_string("done\n");
	power_off();
}
