/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's own terminal: raw while a guest has it, and as it was before
 * whatever happens, short of SIGKILL
 * unless it is guarded.
 */
#ifndef KPL011_TERM_H
#define KPL011_TERM_H

/**
 * term_raw - every key goes to the program, none is interpreted
 * @in: the terminal
 * @out: where to undo on a crash what a guest may have set up, or -1
 *
 * Remembers how the terminal was, and from now on restores it before the
 * program dies of a fault.
 *
 * Return: 0 or a negative errno
 */
int term_raw(int in, int out);

/* What a guest may have set up on a terminal, undone, whether or not it has. */
void term_plain(int fd);

/* On a crash the terminal's other screen is left, too. */
void term_full_screen(void);

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
