/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's own terminal: raw while a guest has it, and restored whatever happens; after a
 * SIGKILL only if it is guarded.
 *
 * From the first term_raw() or term_undo() on, every signal that would end the program, and that is
 * not ignored, restores the terminal before it ends the program. A signal that stops the program
 * restores it, too; when the program continues, the terminal is raw again and the program gets a
 * SIGCONT, so that it draws again.
 */
#ifndef KPL011_TERM_H
#define KPL011_TERM_H

#include <stdbool.h>

/*
 * Undoes what a program that draws sets up and the next shell would suffer from: colours, a hidden
 * cursor, mouse reports, bracketed paste, application keys.
 */
#define TERM_PLAIN                                                     \
	"\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1006l" \
	"\033[?2004l\033[?1l\033>\033(B\017\r\n"

/**
 * term_raw - pass every key to the program, interpret none
 * @in: the terminal
 *
 * Remembers the terminal's settings.
 *
 * Return: 0 or a negative errno
 */
int term_raw(int in);

/* Runs in a signal handler: may do only what is safe there. */
typedef const char *term_undo_cb(void *arg);

/* @cb gives the text that restores the screen at @out, which should not block; or is NULL. */
void term_undo(int out, term_undo_cb *cb, void *arg);

/* Writes all of it, unless @fd takes nothing for a second. Safe in a signal handler. */
void term_write(int fd, const char *text);

/* Whether the terminal was restored because the program was stopped; until term_again(). */
bool term_left(void);

/*
 * Forks a process that restores the terminal if this one is killed without a chance to do so. It
 * waits until term_unguard(). Returns 0 or a negative errno.
 */
int term_guard(void);
void term_unguard(void);

/* Restores the terminal; does nothing if it was not changed. */
void term_restore(void);

/* Makes it raw again, after term_restore(). */
int term_again(void);

/* Drops what was typed and not read yet. */
void term_discard_input(void);

#endif /* KPL011_TERM_H */
