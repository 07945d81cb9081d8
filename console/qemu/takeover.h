/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state with which a UART goes on where another left off. Pure.
 */
#ifndef KPL011_TAKEOVER_H
#define KPL011_TAKEOVER_H

#include <stddef.h>
#include <stdint.h>

#include <linux/kpl011_uart.h>

/* Registers as they were read, by offset / 4. */
#define TAKEOVER_REGS (PL011_DMACR / 4 + 1)

struct takeover {
	uint32_t regs[TAKEOVER_REGS];
	uint32_t rx[PL011_FIFO_DEPTH]; /* as read from DR, oldest first */
	size_t rx_count;
};

/* The next register from @offset on that is to be read, or 0: no more. */
uint16_t takeover_next(uint16_t offset);

/* Characters that the receive FIFO takes, once LCR_H is read. */
size_t takeover_room(const struct takeover *from);

/**
 * takeover_state - make the state
 * @from: what was read; any values
 * @state: what it comes to, always one that a UART can have
 *
 * The UART it was read from may be laxer than ours: bits that ours has not are
 * dropped. Receive interrupts stand where characters wait, whether or not they
 * did there, so that none is stranded. A terminal is connected: CTS, DSR and
 * DCD are asserted.
 */
void takeover_state(const struct takeover *from, struct kpl011_uart_state *state);

/* As Linux leaves a console that is open: 8 bits, FIFOs, receive interrupts. */
void takeover_linux(struct kpl011_uart_state *state);

#endif /* KPL011_TAKEOVER_H */
