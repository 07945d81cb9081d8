/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A descriptor to write to without ever waiting: a terminal whose user pressed
 * Ctrl-S, or a full pipe, must not keep the loop from its keys.
 */
#ifndef KPL011_OUTPUT_H
#define KPL011_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct loop;

struct output {
	int fd;	    /* to write to */
	bool own;   /* fd is ours to close */
	int shared; /* the descriptor whose flags are to be put back, or -1 */
	int flags;
};

/*
 * O_NONBLOCK belongs to the open file, which a terminal or pipe shares with
 * the shell and everything else there: where that can be, the file is opened
 * again. Else the flag is set and output_close() takes it back.
 */
void output_open(struct output *out, int fd);

void output_close(struct output *out);

/*
 * Writes all of it in a callback of @loop, which goes on when it is taken or when a signal
 * stops the loop. 0, -EINTR: it was stopped, or another negative errno.
 */
int output_all(const struct output *out, struct loop *loop, const void *bytes, size_t len);

#endif /* KPL011_OUTPUT_H */
