/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a UART: names its registers, checks whether a UART can be in a state,
 * and writes and reads a state as a file. Pure.
 *
 * The file is a JSON object:
 *
 *   format        "kpl011-uart-state"
 *   version       1
 *   wlen_chosen   whether WLEN has been other than 5 bits
 *   overrun       whether the next character received gets OE
 *   divisor       IBRD << 6 | FBRD as last latched
 *   registers     an object with a number for each of uart_state_regs
 *   modem         inputs that are asserted: a list of "CTS", "DSR", "DCD", "RI"
 *   tx, rx        characters of the FIFOs, oldest first, as the ABI has them
 *
 * These members have to be there. There is one more:
 *
 *   rx_off        true if KPL011_UART_RX_OFF is set; written only then, and false
 *                 if it is missing
 *
 * Other members are errors.
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
	uint16_t at;	 /* offset of its member in the state */
	uint16_t mask;	 /* the bits that exist */
};

#define UART_STATE_REGS 14

extern const struct uart_state_reg uart_state_regs[UART_STATE_REGS];

/* Bytes of a sentence about the member that is wrong. */
#define UART_STATE_REASON 160

uint16_t uart_state_get(const struct kpl011_uart_state *state, const struct uart_state_reg *reg);
void uart_state_set(struct kpl011_uart_state *state, const struct uart_state_reg *reg,
		    uint16_t value);

/* How many characters a FIFO holds, and how many in it assert RXRIS. */
unsigned int uart_state_depth(const struct kpl011_uart_state *state);
unsigned int uart_state_rx_told(const struct kpl011_uart_state *state);

/* Whether a UART can be in this state; if not, @reason says what is wrong. */
bool uart_state_check(const struct kpl011_uart_state *state, char reason[UART_STATE_REASON]);

/* Returns a new object; NULL: out of memory. */
json_t *uart_state_to_json(const struct kpl011_uart_state *state);

/**
 * uart_state_from_text - read a state from a file's text
 * @text: the text
 * @len: bytes at @text
 * @state: filled with a state that uart_state_check() accepts; undefined after a failure
 * @reason: filled with what is wrong after a failure
 *
 * Return: whether the text has such a state
 */
bool uart_state_from_text(const char *text, size_t len, struct kpl011_uart_state *state,
			  char reason[UART_STATE_REASON]);

#endif /* KPL011_UART_STATE_H */
