/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console of one guest, for `kpl011 console` and `kpl011 run --console`: the guest's output
 * goes to standard output, and standard input to the guest, until either of them ends it.
 */
#ifndef KPL011_CONSOLE_H
#define KPL011_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/* The default escape key: Ctrl-], or none if standard input is not a terminal. */
#define CONSOLE_ESCAPE (-2)

struct console_request {
	const char *guest;   /* as in match.h, or a source */
	int escape;	     /* a key of escape.h, or CONSOLE_ESCAPE */
	bool spy;	     /* send nothing */
	bool take;	     /* take the input from its holder */
	uint64_t release_ms; /* release the input when nothing was typed for this time; 0: never */
	bool no_history;
	bool raw; /* the terminal gets all of the guest's bytes as they are */
	bool has_lines;
	uint64_t lines; /* of history, if @has_lines */
	int output;	/* a pipe with QEMU's output, which is reported line by line; -1: none */
	int stop;	/* a descriptor: the console ends when it is readable; -1: none */
	bool left;	/* returned: the operator left, by the escape key */
};

/* Runs the console. Returns the exit status of `kpl011 console`; prints why if it fails. */
int console_open(struct console_request *request);

#endif /* KPL011_CONSOLE_H */
