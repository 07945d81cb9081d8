/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A console that another command opens.
 */
#ifndef KPL011_CONSOLE_H
#define KPL011_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* The escape key that the command console has. */
#define CONSOLE_ESCAPE (-2)

struct console_request {
	uint32_t id; /* of the guest's port */
	int escape;  /* a key of escape.h, or CONSOLE_ESCAPE */
	int output;  /* what QEMU prints, told line by line; -1: nothing */
	int stop;    /* a descriptor: the console ends when it is readable; -1: none */
	bool left;   /* returned: the operator left, by the escape key */
};

/* Returns a status, as the command console ends with. */
int console_open(struct console_request *request);

#endif /* KPL011_CONSOLE_H */
