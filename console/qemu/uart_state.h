/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a UART: its registers by name, whether any UART can be in it,
 * and how it is written to a file. Pure.
 *
 * The file is a JSON object:
 *
 *   format        "kpl011-uart-state"
 *   version       1
 *   wlen_chosen   whether WLEN has been other than 5 bits
 *   overrun       whether OE goes with the next character
 *   divisor       IBRD << 6 | FBRD as last latched
 *   registers     an object with a number for each of uart_state_regs
 *   modem         inputs that are asserted: a list of "CTS", "DSR", "DCD", "RI"
 *   tx, rx        characters of the FIFOs, oldest first, as the ABI has them
 *
 * No member is optional, and there is no other.
 */
#ifndef KPL011_UART_STATE_H
#define KPL011_UART_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <linux/kpl011_uart.h>

struct uart_state_reg {
	const char *name;
	uint16_t offset; /* in the register page */
	uint16_t at;	 /* of its member in the state */
	uint16_t mask;	 /* the bits that it has */
};

#define UART_STATE_REGS 14

extern const struct uart_state_reg uart_state_regs[UART_STATE_REGS];

/* A sentence about the member that is wrong. */
#define UART_STATE_REASON 160

uint16_t uart_state_get(const struct kpl011_uart_state *state, const struct uart_state_reg *reg);
void uart_state_set(struct kpl011_uart_state *state, const struct uart_state_reg *reg,
		    uint16_t value);

/* Characters that a FIFO holds, and those at which RXRIS stands. */
unsigned int uart_state_depth(const struct kpl011_uart_state *state);
unsigned int uart_state_rx_told(const struct kpl011_uart_state *state);

/* Whether a UART can be in this state; if not, @reason says what is wrong. */
bool uart_state_check(const struct kpl011_uart_state *state, char reason[UART_STATE_REASON]);

/* NULL: out of memory. */
json_t *uart_state_to_json(const struct kpl011_uart_state *state);

/**
 * uart_state_from_text - read what was written
 * @text: the file
 * @len: its bytes
 * @state: what it says, checked; undefined when false is returned
 * @reason: what is wrong then
 */
bool uart_state_from_text(const char *text, size_t len, struct kpl011_uart_state *state,
			  char reason[UART_STATE_REASON]);

#endif /* KPL011_UART_STATE_H */
