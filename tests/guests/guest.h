/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bare-metal guests share: the PL011 of -M virt, and the way out. */
#ifndef GUEST_H
#define GUEST_H

#define UART_BASE	0x09000000UL
#define UART_DR		(*(volatile unsigned int *)(UART_BASE + 0x00))
#define UART_FR		(*(volatile unsigned int *)(UART_BASE + 0x18))

/* No set-up and no look at FR: the plainest guest there is. */
static inline void put_string(const char *s)
{
	while (*s)
		UART_DR = *s++;
}

/* PSCI SYSTEM_OFF */
static inline void power_off(void)
{
	register unsigned long function asm("x0") = 0x84000008UL;

	asm volatile("hvc #0" : "+r" (function) : : "memory");
}

#endif
