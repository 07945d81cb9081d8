// SPDX-License-Identifier: GPL-2.0-only
#include "base/term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
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

/* The same, and the margins, and the cursor stays where it is. */
static const char whole_screen[] = "\033[?1047l\0337\033[r\0338";

/*
 * The one state of the program that is not reached through an argument: a
 * handler of a fault is given none.
 */
static struct {
	volatile sig_atomic_t changed;
	int in;
	int out;
	bool full_screen;
	pid_t guard; /* 0: there is none */
	int guard_pipe;
	struct termios before;
	struct termios raw;
} term;

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

/* Only what is safe in a handler: tcsetattr and write are. */
static void put_right(void)
{
	tcsetattr(term.in, TCSANOW, &term.before);
	if (term.out >= 0 && term.full_screen)
		(void)!write(term.out, main_screen, sizeof(main_screen) - 1);
	if (term.out >= 0)
		(void)!write(term.out, plain_screen, sizeof(plain_screen) - 1);
}

void term_plain(int fd)
{
	/* If it fails nobody is left to be told. */
	(void)!write(fd, whole_screen, sizeof(whole_screen) - 1);
	(void)!write(fd, plain_screen, sizeof(plain_screen) - 1);
}

static void fault(int sig)
{
	if (term.changed) {
		term.changed = 0;
		put_right();
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

/* In the guard: waits for a byte, all is well, or the end without one. */
static void stand_guard(int fd)
{
	static const int deaf[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGPIPE };
	ssize_t n;
	char byte;

	for (size_t i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
		signal(deaf[i], SIG_IGN);
	/* Who kills the program by its name does not mean this. */
	prctl(PR_SET_NAME, "tty-guard");
	dup2(fd, 3);
	close_range(4, ~0u, 0);
	while ((n = read(3, &byte, 1)) < 0 && errno == EINTR)
		;
	if (!n)
		put_right();
	_exit(0);
}

int term_guard(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	term.guard = fork();
	if (!term.guard)
		stand_guard(fds[0]);
	close(fds[0]);
	if (term.guard < 0) {
		int err = -errno;

		term.guard = 0;
		close(fds[1]);
		return err;
	}
	term.guard_pipe = fds[1];
	return 0;
}

void term_unguard(void)
{
	if (!term.guard)
		return;
	(void)!write(term.guard_pipe, "", 1);
	close(term.guard_pipe);
	waitpid(term.guard, NULL, 0);
	term.guard = 0;
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
