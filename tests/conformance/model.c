// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/uart.c as a program: a line of input is an access, a line of output its
 * answer. `r OFFSET LEN` answers the value, `w OFFSET LEN VALUE` the byte that
 * went out or -1, `i CHARACTER` (from the wire) 0. All numbers are decimal.
 */
#include <stdio.h>

#include "uart.h"

int main(void)
{
	struct kpl_uart uart;
	unsigned int a, b, c;
	char line[128];

	kpl_uart_init(&uart, false);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "r %u %u", &a, &b) == 2) {
			printf("%u\n", kpl_uart_read(&uart, a, b));
		} else if (sscanf(line, "w %u %u %u", &a, &b, &c) == 3) {
			printf("%d\n", kpl_uart_write(&uart, a, b, c));
		} else if (sscanf(line, "i %u", &a) == 1) {
			kpl_uart_rx_push(&uart, a);
			printf("0\n");
		} else {
			fprintf(stderr, "model: what is '%s'?\n", line);
			return 2;
		}
	}
	return 0;
}
