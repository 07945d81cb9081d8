/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes messages to stderr, which may be a terminal or a pipe that nobody reads.
 *
 * At first a message blocks until it is written; signals end the program meanwhile. Once a loop
 * handles the signals, a message that stderr does not take waits in memory, up to a limit, and the
 * loop continues; after the loop has ended no message blocks for long.
 */
#ifndef KPL011_MSG_OUT_H
#define KPL011_MSG_OUT_H

#include <stdbool.h>
#include <stddef.h>

/* The longest piece of text. */
#define MSG_OUT_MAX 4096

void msg_out(const char *text, size_t len);

/* From now on no message blocks for longer than a second. One call is enough. */
void msg_out_hurry(void);

/**
 * msg_out_loop - a loop runs: no message blocks at all
 * @waits: called when something waits: msg_out_push() is to be called when msg_out_fd() is
 *         writable. NULL: the loop has ended
 * @arg: for @waits
 */
void msg_out_loop(void (*waits)(void *arg), void *arg);

int msg_out_fd(void);

/* Writes what waits, as far as stderr takes it. True: nothing waits any more. */
bool msg_out_push(void);

#endif /* KPL011_MSG_OUT_H */
