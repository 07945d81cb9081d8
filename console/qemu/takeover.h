/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the state with which a port continues where another UART left off. Pure.
 */
#ifndef KPL011_TAKEOVER_H
#define KPL011_TAKEOVER_H

#include <stddef.h>
#include <stdint.h>

#include <linux/kpl011_uart.h>

/* The number of registers in struct takeover, which has them by offset / 4. */
#define TAKEOVER_REGS (PL011_DMACR / 4 + 1)

struct takeover {
	uint32_t regs[TAKEOVER_REGS];
	uint32_t rx[PL011_FIFO_DEPTH]; /* as read from DR, oldest first */
	size_t rx_count;
};

/* The offset of the first register at or after @offset that is to be read; 0: there is none. */
uint16_t takeover_next(uint16_t offset);

/* Characters that fit into the receive FIFO. LCR_H must have been read. */
size_t takeover_room(const struct takeover *from);

/**
 * takeover_state - make the state
 * @from: what was read; may have any values
 * @state: filled; always a state that a UART can be in
 *
 * The other UART may have bits that ours does not have: they are dropped. If
 * characters wait, the receive interrupts are asserted as they would be here,
 * whatever they were there, so that no character is stranded. CTS, DSR and DCD
 * are asserted, as if a terminal was connected.
 */
void takeover_state(const struct takeover *from, struct kpl011_uart_state *state);

/* The state in which Linux has an open console: 8 bits, FIFOs, receive interrupts. */
void takeover_linux(struct kpl011_uart_state *state);

#endif /* KPL011_TAKEOVER_H */
