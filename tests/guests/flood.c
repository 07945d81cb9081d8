// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints numbered lines of 63 bytes for ever, as fast as it can: a reader can tell from any
 * line which one it is, and from its position how much it missed.
 */
#include "guest.h"

static void put_number(unsigned int number)
{
	char digits[9];
	int i;

	digits[8] = '\0';
	for (i = 7; i >= 0; i--) {
		digits[i] = '0' + number % 10;
		number /= 10;
	}
	put_string(digits);
}

void main(void)
{
	unsigned int line;

	for (line = 0;; line++) {
		put_number(line);
		put_string(" abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n");
	}
}
