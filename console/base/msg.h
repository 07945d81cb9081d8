/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages for the operator on stderr, one line each.
 *
 * Names come from guests, from other users' command lines and from arguments. Whatever is not
 * printable ASCII is shown as \xNN, so that no message can drive the terminal or pretend to be
 * another line.
 */
#ifndef KPL011_MSG_H
#define KPL011_MSG_H

#include <stddef.h>

/* Prints "kpl011: " and the message: the object, the action, the reason, and what to do. */
void msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints a further line of the message before, indented. */
void msg_more(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for what a guest has printed, on a UTF-8 terminal: cleaned by msg_clean_utf8(). */
void msg_more_utf8(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * msg_clean - copy a string, with what is not printable as \xNN
 * @dst: where to, always terminated
 * @size: bytes at @dst, at least 1
 * @src: the string
 *
 * Leaves out what does not fit, and never half of an escape.
 */
void msg_clean(char *dst, size_t size, const char *src);

/* The same, but keeps the UTF-8 characters that a terminal does not act on. */
void msg_clean_utf8(char *dst, size_t size, const char *src);

/*
 * From now on also cleans what others print on stderr with stdio: getopt_long() quotes an argument
 * as it is.
 */
void msg_clean_stderr(void);

/**
 * msg_never_wait - from now on no message blocks
 * @missed: called when a message is missed and all missed before it were reported; or NULL
 * @arg: for @missed
 *
 * For a program that serves others. Messages that a pipe, a terminal or a socket does not take are
 * counted, and their number is printed before the next message that it takes.
 */
void msg_never_wait(void (*missed)(void *arg), void *arg);

/* Prints how many messages were missed, if possible; returns how many are still unreported. */
unsigned long msg_tell_missed(void);

/* How many missed messages are unreported. */
unsigned long msg_untold(void);

#endif /* KPL011_MSG_H */
