/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's own terminal: raw while a guest has it, and as it was before
 * whatever happens, short of SIGKILL unless it is guarded.
 *
 * From the first term_raw() or term_undo() on every signal that would end the program, and is
 * not ignored, puts the terminal right first, and ends it then. So does one that stops it; who
 * goes on has a raw terminal again, and hears SIGCONT, to draw again.
 */
#ifndef KPL011_TERM_H
#define KPL011_TERM_H

#include <stdbool.h>

/*
 * What a program that draws sets up on the screen that the next shell would trip over: colours,
 * a hidden cursor, reports of the mouse, bracketed paste, application keys.
 */
#define TERM_PLAIN                                                     \
	"\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1006l" \
	"\033[?2004l\033[?1l\033>\033(B\017\r\n"

/**
 * term_raw - every key goes to the program, none is interpreted
 * @in: the terminal
 *
 * Remembers how the terminal was.
 *
 * Return: 0 or a negative errno
 */
int term_raw(int in);

/* In a handler of a signal: only what is safe there. */
typedef const char *term_undo_cb(void *arg);

/* What is to be written to @out, which had better not block, by what it is as it was; or NULL. */
void term_undo(int out, term_undo_cb *cb, void *arg);

/* All of it, unless nothing is taken for a second. Safe in a handler of a signal. */
void term_write(int fd, const char *text);

/* It was left when the program was stopped, and term_again() was not called since. */
bool term_left(void);

/*
 * Leaves a process behind that puts the terminal right if this one is killed
 * without a chance to do so, until term_unguard(). 0 or a negative errno.
 */
int term_guard(void);
void term_unguard(void);

/* As it was. Nothing happens if it was not changed. */
void term_restore(void);

/* Raw again, after term_restore(). */
int term_again(void);

/* Forgets what was typed and not read. */
void term_discard_input(void);

#endif /* KPL011_TERM_H */
