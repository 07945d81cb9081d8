// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/uart.c as a program: a line of input is a step, a line of output its
 * answer, which is the level of the interrupt line and what came of the step:
 *
 *	r OFFSET LEN		a read: its value
 *	w OFFSET LEN VALUE	a write: the bytes that went out
 *	i CHARACTER		comes in from the wire, as DR shows it: nothing
 *	t			32 bit times pass: nothing
 *	h HOLD			the wire takes nothing, or does: what went out
 *	s			saved and restored into a UART after reset: 1,
 *				or 0 when it is refused
 *	d			the divisor in force
 *	z			power-on reset: nothing
 *
 * All numbers are decimal.
 */
#include <stdio.h>

#include "uart.h"

static void drain(struct kpl_uart *uart, char *answer)
{
	int byte;

	while ((byte = kpl_uart_tx_pop(uart)) >= 0)
		answer += sprintf(answer, " %d", byte);
}

static bool move(struct kpl_uart *uart)
{
	struct kpl011_uart_state state;

	kpl_uart_save(uart, &state);
	kpl_uart_init(uart, false);
	return !kpl_uart_restore(uart, &state);
}

/* Returns whether there is such a step. */
static bool step(struct kpl_uart *uart, const char *line, char *answer)
{
	unsigned long long c;
	unsigned int a, b;
	int byte;

	if (sscanf(line, "r %u %u", &a, &b) == 2) {
		sprintf(answer, " %llu", (unsigned long long)kpl_uart_read(uart, a, b));
	} else if (sscanf(line, "p %u", &a) == 1) {
		sprintf(answer, " %u", kpl_uart_show(uart, a));
	} else if (sscanf(line, "w %u %u %llu", &a, &b, &c) == 3) {
		byte = kpl_uart_write(uart, a, b, c);
		if (byte >= 0)
			sprintf(answer, " %d", byte);
		else
			drain(uart, answer);
	} else if (sscanf(line, "i %u", &a) == 1) {
		kpl_uart_rx_push(uart, a);
	} else if (sscanf(line, "h %u", &a) == 1) {
		kpl_uart_tx_hold(uart, a);
		drain(uart, answer);
	} else if (line[0] == 't') {
		kpl_uart_rx_timeout(uart);
	} else if (line[0] == 's') {
		sprintf(answer, " %d", move(uart));
	} else if (line[0] == 'd') {
		sprintf(answer, " %u", uart->divisor);
	} else if (line[0] == 'z') {
		kpl_uart_init(uart, false);
	} else {
		return false;
	}
	return true;
}

int main(void)
{
	struct kpl_uart uart;
	char line[128];

	kpl_uart_init(&uart, false);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		char answer[PL011_FIFO_DEPTH * 4 + 16] = "";

		if (!step(&uart, line, answer)) {
			fprintf(stderr, "model: what is '%s'?\n", line);
			return 2;
		}
		printf("%d%s\n", kpl_uart_irq(&uart), answer);
	}
	return 0;
}
