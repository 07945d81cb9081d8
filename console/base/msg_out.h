/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of messages to stderr, which may be a terminal or a pipe that nobody reads.
 *
 * At first a message waits for whoever reads it: signals end the program then. Once a loop
 * hears the signals a message that is not taken waits in memory, up to a limit, and the loop
 * goes on; when it has ended no message waits for long.
 */
#ifndef KPL011_MSG_OUT_H
#define KPL011_MSG_OUT_H

#include <stdbool.h>
#include <stddef.h>

/* No piece of text is longer. */
#define MSG_OUT_MAX 4096

void msg_out(const char *text, size_t len);

/* From now on no message is waited for longer than a second. Once is enough. */
void msg_out_hurry(void);

/**
 * msg_out_loop - a loop runs: nothing is waited for at all
 * @waits: is called when something waits; msg_out_push() is to be called when msg_out_fd()
 *         takes more. NULL: the loop has ended
 * @arg: for @waits
 */
void msg_out_loop(void (*waits)(void *arg), void *arg);

int msg_out_fd(void);

/* Writes what waits, as far as it is taken; true: nothing waits any more. */
bool msg_out_push(void);

#endif /* KPL011_MSG_OUT_H */
