// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/takeover.h"

#include <stdbool.h>

#include "qemu/uart_state.h"

/* DR is not state, FR follows from other state, and QEMU has no test registers. */
static bool is_taken(const struct uart_state_reg *reg)
{
	return reg->offset / 4 < TAKEOVER_REGS;
}

uint16_t takeover_next(uint16_t offset)
{
	uint16_t next = 0;

	for (int i = 0; i < UART_STATE_REGS; i++) {
		const struct uart_state_reg *reg = &uart_state_regs[i];

		if (is_taken(reg) && reg->offset >= offset && (!next || reg->offset < next))
			next = reg->offset;
	}
	return next;
}

size_t takeover_room(const struct takeover *from)
{
	return from->regs[PL011_LCR_H / 4] & PL011_LCR_FEN ? PL011_FIFO_DEPTH : 1;
}

void takeover_state(const struct takeover *from, struct kpl011_uart_state *state)
{
	*state = (struct kpl011_uart_state){
		.version = KPL011_UART_STATE_VERSION,
		.modem = PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD,
	};
	for (int i = 0; i < UART_STATE_REGS; i++) {
		const struct uart_state_reg *reg = &uart_state_regs[i];

		if (is_taken(reg))
			uart_state_set(state, reg,
				       (uint16_t)(from->regs[reg->offset / 4] & reg->mask));
	}
	state->divisor = (uint32_t)state->ibrd << 6 | state->fbrd;
	if (state->lcr_h & PL011_LCR_WLEN)
		state->flags |= KPL011_UART_WLEN_CHOSEN;

	for (size_t i = 0; i < from->rx_count && i < uart_state_depth(state); i++)
		state->rx[state->rx_count++] = from->rx[i] & 0xfff;
	state->ris &= (uint16_t) ~(PL011_INT_RX | PL011_INT_RT);
	if (state->rx_count >= uart_state_rx_told(state))
		state->ris |= PL011_INT_RX;
	if (state->rx_count && state->imsc & PL011_INT_RT)
		state->ris |= PL011_INT_RT;
}

/* drivers/tty/serial/amba-pl011.c: pl011_startup(), pl011_set_termios() */
void takeover_linux(struct kpl011_uart_state *state)
{
	static const struct takeover console = {
		.regs = {
			/* 115200 baud at 24 MHz; the emulation does not use it. */
			[PL011_IBRD / 4] = 13,
			[PL011_FBRD / 4] = 1,
			[PL011_LCR_H / 4] = PL011_LCR_WLEN | PL011_LCR_FEN,
			[PL011_CR / 4] = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE |
					 PL011_CR_DTR | PL011_CR_RTS,
			[PL011_IFLS / 4] = 2 << 3 | 2,
			[PL011_IMSC / 4] = PL011_INT_RX | PL011_INT_RT,
			/* As after each character that Linux has sent. */
			[PL011_RIS / 4] = PL011_INT_TX,
		},
	};

	takeover_state(&console, state);
}
