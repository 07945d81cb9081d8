// SPDX-License-Identifier: GPL-2.0-only
#include "base/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A terminal that takes nothing for this long is given up. */
#define UNDO_MS 1000

/* A variable of the program, since a signal handler gets no argument. */
static struct {
	pid_t owner; /* children inherit the handlers until they execute another program */
	volatile sig_atomic_t changed;
	volatile sig_atomic_t left; /* the terminal was restored when the program was stopped */
	int in;
	struct termios before;
	struct termios raw;
	int out;
	term_undo_cb *volatile undo; /* NULL: there is nothing to undo */
	void *undo_arg;
	pid_t guard; /* 0: there is none */
	int guard_pipe;
} term;

static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static bool is_among(int sig, const int *some, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (some[i] == sig)
			return true;
	return false;
}

static bool is_fault(int sig)
{
	return is_among(sig, faults, sizeof(faults) / sizeof(faults[0]));
}

static bool is_stop(int sig)
{
	return is_among(sig, stops, sizeof(stops) / sizeof(stops[0]));
}

/* Whether the signal can be caught, and by default ends or stops a process. */
static bool is_to_be_caught(int sig)
{
	switch (sig) {
	case SIGKILL:
	case SIGSTOP:
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return false;
	default:
		return true;
	}
}

/*
 * Everything down to stand_still() is safe in a signal handler, as tcsetattr, tcgetpgrp, poll and
 * write are.
 */

void term_write(int fd, const char *text)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if (!n || (errno != EAGAIN && errno != EINTR) ||
			   poll(&room, 1, UNDO_MS) <= 0) {
			return;
		}
	}
}

static void put_right(void)
{
	if (term.changed)
		tcsetattr(term.in, TCSANOW, &term.before);
	if (term.undo)
		term_write(term.out, term.undo(term.undo_arg));
}

static void dismiss_guard(void)
{
	if (term.guard)
		(void)!write(term.guard_pipe, "", 1);
}

static void die(int sig)
{
	if (term.owner == getpid()) {
		put_right();
		dismiss_guard();
	}
	/* SA_RESETHAND has removed the handler: the process dies of the signal on return. */
	raise(sig);
}

/* Gives stop signals their default effect: the program may be stopped in here. */
static void let(const sigset_t *signals)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction before[sizeof(stops) / sizeof(stops[0])];

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaction(stops[i], &plain, &before[i]);
	sigprocmask(SIG_UNBLOCK, signals, NULL);
	/* In the background the terminal is not the program's own: this stops it again. */
	if (term.changed && term.owner == getpid())
		tcsetattr(term.in, TCSANOW, &term.raw);
	sigprocmask(SIG_BLOCK, signals, NULL);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaction(stops[i], &before[i], NULL);
}

static void stand_still(int sig)
{
	int err = errno;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, sig);
	sigaddset(&signals, SIGTTOU);
	/* In the background the terminal is the shell's, and already as the shell wants it. */
	if (term.owner == getpid() && (!term.changed || tcgetpgrp(term.in) == getpgrp())) {
		put_right();
		term.left = 1;
	}
	raise(sig);
	let(&signals);
	/* Even if the program was not stopped, it has to draw again. */
	raise(SIGCONT);
	errno = err;
}

static void catch_signals(void)
{
	/* A stack overflow is a fault as well. */
	static char stack[16384];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { 0 };
	struct sigaction old;

	if (term.owner)
		return;
	term.owner = getpid();
	sigaltstack(&alternate, NULL);
	/*
	 * Block SIGTTOU, too: tcsetattr raises it in the background, and it would stop the program.
	 */
	sigfillset(&action.sa_mask);
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		if (!is_to_be_caught(sig) || sigaction(sig, NULL, &old) ||
		    old.sa_handler == SIG_IGN || (old.sa_handler != SIG_DFL && !is_fault(sig)))
			continue;
		action.sa_handler = is_stop(sig) ? stand_still : die;
		action.sa_flags = SA_ONSTACK | (is_stop(sig) ? SA_RESTART : (int)SA_RESETHAND);
		sigaction(sig, &action, NULL);
	}
}

void term_undo(int out, term_undo_cb *cb, void *arg)
{
	term.undo = NULL;
	term.out = out;
	term.undo_arg = arg;
	term.undo = cb;
	if (cb)
		catch_signals();
}

bool term_left(void)
{
	return term.left;
}

int term_raw(int in)
{
	if (tcgetattr(in, &term.before))
		return -errno;
	term.in = in;
	term.raw = term.before;
	cfmakeraw(&term.raw);
	catch_signals();
	return term_again();
}

/* Runs in the guard: waits for a byte, which says that all is well, or for the end without one. */
static void stand_guard(int fd)
{
	ssize_t n;
	char byte;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (is_to_be_caught(sig))
			signal(sig, is_fault(sig) ? SIG_DFL : SIG_IGN);
	/* Somebody who kills the program by its name does not mean the guard. */
	prctl(PR_SET_NAME, "tty-guard");
	dup2(term.out, STDOUT_FILENO);
	term.out = STDOUT_FILENO;
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
	dismiss_guard();
	close(term.guard_pipe);
	waitpid(term.guard, NULL, 0);
	term.guard = 0;
}

int term_again(void)
{
	/* First, so that a fault never finds the terminal changed and this not set. */
	term.changed = 1;
	term.left = 0;
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
	/* This has to work from the background, too. */
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
