// SPDX-License-Identifier: GPL-2.0-only
#include "term.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

/*
 * What a guest may have set up on the screen that the next shell would trip
 * over: colours, a hidden cursor, reports of the mouse, bracketed paste,
 * application keys.
 */
static const char plain_screen[] = "\033[0m\033[?25h\033[?1000l\033[?1002l\033[?1003l\033[?1006l"
				   "\033[?2004l\033[?1l\033>\033(B\017\r\n";

/* Back from the other screen. */
static const char main_screen[] = "\033[?1049l";

/*
 * The one state of the program that is not reached through an argument: a
 * handler of a fault is given none.
 */
static struct {
	volatile sig_atomic_t changed;
	int in;
	int out;
	bool full_screen;
	struct termios before;
	struct termios raw;
} term;

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

/* Only what is safe in a handler: tcsetattr, write and raise are. */
static void fault(int sig)
{
	if (term.changed) {
		term.changed = 0;
		tcsetattr(term.in, TCSANOW, &term.before);
		/* If it fails nobody is left to be told. */
		if (term.out >= 0 && term.full_screen)
			(void)!write(term.out, main_screen, sizeof(main_screen) - 1);
		if (term.out >= 0)
			(void)!write(term.out, plain_screen, sizeof(plain_screen) - 1);
	}
	/* The handler is gone (SA_RESETHAND): dies of it on return. */
	raise(sig);
}

static void catch_faults(void)
{
	/* A stack that overran is a fault as well. */
	static char stack[16384];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = {
		.sa_handler = fault,
		.sa_flags = (int)(SA_RESETHAND | SA_ONSTACK),
	};

	sigaltstack(&alternate, NULL);
	/* tcsetattr in the background would stop the program. */
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGTTOU);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &action, NULL);
}

int term_raw(int in, int out)
{
	if (tcgetattr(in, &term.before))
		return -errno;
	term.in = in;
	term.out = out;
	term.raw = term.before;
	cfmakeraw(&term.raw);
	catch_faults();
	return term_again();
}

void term_full_screen(void)
{
	term.full_screen = true;
}

int term_again(void)
{
	/* First, so that no fault finds it changed and unnoticed. */
	term.changed = 1;
	if (tcsetattr(term.in, TCSANOW, &term.raw)) {
		term.changed = 0;
		return -errno;
	}
	return 0;
}

void term_restore(void)
{
	sigset_t ttou;
	sigset_t old;

	if (!term.changed)
		return;
	/* From the background, too. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	tcsetattr(term.in, TCSANOW, &term.before);
	term.changed = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

void term_discard_input(void)
{
	tcflush(term.in, TCIFLUSH);
}
