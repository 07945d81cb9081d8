/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A console: a guest's output on standard output, standard input to the guest, until
 * the guest or the operator leaves.
 */
#ifndef KPL011_CONSOLE_H
#define KPL011_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* The escape key unless told otherwise: none if standard input is no terminal. */
#define CONSOLE_ESCAPE (-2)

struct console_request {
	const char *guest;   /* which, see match.h */
	int escape;	     /* a key of escape.h, or CONSOLE_ESCAPE */
	bool spy;	     /* nothing is sent */
	bool take;	     /* the input from whoever has it */
	uint64_t release_ms; /* it is let go of when nothing is typed for so long; 0: it is not */
	bool no_history;
	bool raw; /* the terminal gets the guest's bytes as they are */
	bool has_lines;
	uint64_t lines; /* of history, if @has_lines */
	int output;	/* what QEMU prints, told line by line; -1: nothing */
	int stop;	/* a descriptor: the console ends when it is readable; -1: none */
	bool left;	/* returned: the operator left, by the escape key */
};

/* Says why if it fails. Returns a status, as the command console ends with. */
int console_open(struct console_request *request);

#endif /* KPL011_CONSOLE_H */
