/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes to a descriptor without ever blocking: a terminal whose user pressed Ctrl-S, or a full
 * pipe, must not keep the loop from handling keys.
 */
#ifndef KPL011_OUTPUT_H
#define KPL011_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct loop;

struct output {
	int fd;	    /* to write to */
	bool own;   /* fd is ours to close */
	int shared; /* the descriptor whose flags output_close() resets, or -1 */
	int flags;
};

/*
 * O_NONBLOCK belongs to the open file description, which a terminal or pipe shares with the shell
 * and others. So this opens the file again if possible; otherwise it sets the flag, and
 * output_close() resets it.
 */
void output_open(struct output *out, int fd);

void output_close(struct output *out);

/*
 * Writes all of it in a callback of @loop, which continues when all is written or when a signal
 * stops the loop. Returns 0, -EINTR if the loop was stopped, or another negative errno.
 */
int output_all(const struct output *out, struct loop *loop, const void *bytes, size_t len);

#endif /* KPL011_OUTPUT_H */
