/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for the operator, on stderr, one line each.
 *
 * Names come from guests, from other users' command lines and from arguments:
 * whatever is no printable ASCII is shown as \xNN, so that no message can
 * drive the terminal or pretend to be another line.
 */
#ifndef KPL011_MSG_H
#define KPL011_MSG_H

#include <stddef.h>

/* "kpl011: ..." : the object, the action, the reason, and what to do. */
void msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A line that belongs to the message before it, indented. */
void msg_more(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same of what a guest has printed, for a terminal of UTF-8: its characters stay. */
void msg_more_utf8(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_clean - copy a string, what is not printable as \xNN
 * @dst: where to, always terminated
 * @size: bytes at @dst, at least 1
 * @src: the string
 *
 * What does not fit is left out, never half of an escape.
 */
void msg_clean(char *dst, size_t size, const char *src);

/* The same, but characters of UTF-8 stay, other than those that a terminal acts on. */
void msg_clean_utf8(char *dst, size_t size, const char *src);

/*
 * From now on what others print with stdio on stderr is cleaned as well: getopt_long()
 * quotes an argument as it is.
 */
void msg_clean_stderr(void);

/**
 * msg_never_wait - from now on no message is waited for
 * @missed: is called when one could not be told, and none before it is still to be made up for;
 *          NULL: nobody is
 * @arg: for @missed
 *
 * Messages that a pipe, a terminal or a socket does not take are counted, and how many these
 * are is told before the next one that it takes. For who serves others meanwhile.
 */
void msg_never_wait(void (*missed)(void *arg), void *arg);

/* Tells how many were missed, if that can be told now; returns how many are still untold. */
unsigned long msg_tell_missed(void);

/* How many are untold. */
unsigned long msg_untold(void);

#endif /* KPL011_MSG_H */
