/* SPDX-License-Identifier: GPL-2.0-only */
/* What the bare-metal guests share: the PL011 of -M virt, and the way out. */
#ifndef GUEST_H
#define GUEST_H

#define UART_BASE	0x09000000UL
#define UART_DR		(*(volatile unsigned int *)(UART_BASE + 0x00))
#define UART_FR		(*(volatile unsigned int *)(UART_BASE + 0x18))

static inline unsigned int uart_read(unsigned long offset)
{
	unsigned int value;

	asm volatile("ldr %w0, [%1]" : "=r" (value) : "r" (UART_BASE + offset) : "memory");
	return value;
}

/* One store each: compilers have been seen to repeat a volatile one. */
static inline void uart_write8(unsigned long offset, unsigned int value)
{
	asm volatile("strb %w0, [%1]" : : "r" (value), "r" (UART_BASE + offset) : "memory");
}

static inline void uart_write16(unsigned long offset, unsigned int value)
{
	asm volatile("strh %w0, [%1]" : : "r" (value), "r" (UART_BASE + offset) : "memory");
}

static inline void uart_write32(unsigned long offset, unsigned int value)
{
	asm volatile("str %w0, [%1]" : : "r" (value), "r" (UART_BASE + offset) : "memory");
}

static inline void uart_write64(unsigned long offset, unsigned long value)
{
	asm volatile("str %0, [%1]" : : "r" (value), "r" (UART_BASE + offset) : "memory");
}

/* No set-up and no look at FR: the plainest guest there is. */
static inline void put_string(const char *s)
{
	while (*s)
		uart_write32(0, *s++);
}

/* PSCI SYSTEM_OFF */
static inline void power_off(void)
{
	register unsigned long function asm("x0") = 0x84000008UL;

	asm volatile("hvc #0" : "+r" (function) : : "memory");
}

#endif
