// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a saved state, put into a UART that has done something: refused,
 * it changes nothing; taken, it is the state, the UART holds what every UART
 * holds, and it goes on working.
 */
#include <stdint.h>

#include "must.h"
#include "uart.h"

static void check(struct kpl_uart *uart)
{
	unsigned int depth = uart->lcr_h & PL011_LCR_FEN ? PL011_FIFO_DEPTH : 1;
	u32 mis, fr;

	/* The first may say that a burst fills the FIFO. */
	kpl_uart_read(uart, PL011_FR, 4);
	fr = kpl_uart_read(uart, PL011_FR, 4);
	mis = kpl_uart_read(uart, PL011_MIS, 4);

	MUST(uart->tx.count <= depth && uart->tx.at < PL011_FIFO_DEPTH);
	MUST(uart->rx.count <= depth && uart->rx.at < PL011_FIFO_DEPTH);
	MUST(!(fr & PL011_FR_RXFE) == (uart->rx.count > 0));
	MUST(!(fr & PL011_FR_TXFE) == (uart->tx.count > 0));
	MUST(kpl_uart_irq(uart) == (mis != 0));
	MUST(!uart->tx_free || !uart->tx.count);
	MUST(uart->word == 0x1f || uart->word == 0x3f || uart->word == 0x7f ||
	     uart->word == 0xff);
}

/* The state that was taken, as far as it does not depend on the host. */
static void check_taken(const struct kpl_uart *uart,
			const struct kpl011_uart_state *state)
{
	struct kpl011_uart_state again;
	const u16 receive = PL011_INT_RX | PL011_INT_RT;

	kpl_uart_save(uart, &again);
	if (state->cr & PL011_CR_LBE && state->tx_count != again.tx_count)
		return;	/* What waited has been looped back. */
	/* What stands without having been cleared is raised. */
	MUST(!((again.ris ^ state->ris) & ~receive));
	/* Below the level RX says that no more comes, which is the host's. */
	MUST(!(state->ris & ~again.ris & ~PL011_INT_RX));
	MUST(!(state->ris & ~again.ris) || uart->strict || !uart->rx_idle);
	again.ris = state->ris;
	MUST(!__builtin_memcmp(&again, state, sizeof(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kpl011_uart_state state;
	struct kpl_uart uart, before;
	unsigned int i;

	if (size < 2)
		return 0;
	kpl_uart_init(&uart, data[0] & 1);
	kpl_uart_tx_hold(&uart, data[0] & 2);
	kpl_uart_rx_idle(&uart, data[0] & 4);
	kpl_uart_write(&uart, PL011_LCR_H, 4, data[0] & 0xf0);
	for (i = 0; i < (data[1] & 31); i++) {
		kpl_uart_write(&uart, PL011_DR, 4, i);
		kpl_uart_rx_push(&uart, i);
	}
	data += 2, size -= 2;

	/* Nearly right states are the interesting ones. */
	kpl_uart_save(&uart, &state);
	if (size >= sizeof(state)) {
		__builtin_memcpy(&state, data, sizeof(state));
		data += sizeof(state), size -= sizeof(state);
	} else {
		for (; size >= 3; data += 3, size -= 3)
			((u8 *)&state)[data[0] % sizeof(state)] = data[1];
	}

	before = uart;
	if (kpl_uart_restore(&uart, &state)) {
		MUST(!__builtin_memcmp(&before, &uart, sizeof(uart)));
		return 0;
	}
	check(&uart);
	check_taken(&uart, &state);
	for (; size >= 3; data += 3, size -= 3) {
		u32 offset = data[0] << 2 & 0xfff;

		if (data[0] & 0x80)
			kpl_uart_write(&uart, offset & 0x7f, 4,
				       data[1] | data[2] << 8);
		else
			kpl_uart_read(&uart, offset, 4);
		kpl_uart_rx_push(&uart, data[1]);
		check(&uart);
	}
	kpl_uart_tx_hold(&uart, false);
	for (i = 0; kpl_uart_tx_pop(&uart) >= 0; i++)
		MUST(i < PL011_FIFO_DEPTH);
	while (!(kpl_uart_read(&uart, PL011_FR, 4) & PL011_FR_RXFE))
		kpl_uart_read(&uart, PL011_DR, 4);
	MUST(!(kpl_uart_read(&uart, PL011_RIS, 4) &
	       (PL011_INT_RX | PL011_INT_RT)));
	return 0;
}
