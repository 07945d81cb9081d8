/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A QEMU that kpl011 starts, stopped before its guest's first instruction, with a
 * monitor (QMP) that nobody else can reach.
 *
 * QEMU gets "-S", and the monitor in a settings file ("-readconfig"): unlike "-qmp"
 * and "-mon", this does not change which other monitors QEMU has. The monitor's
 * socket and the file are inherited descriptors; nothing is on disk.
 */
#ifndef KPL011_QEMU_CHILD_H
#define KPL011_QEMU_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct qemu_child {
	pid_t pid;	/* the program that was started: QEMU, or one that starts QEMU */
	int pidfd;	/* of @pid; readable when that has ended */
	int monitor;	/* our end of the socket; -1: the caller has taken it */
	int output;	/* what it prints, if started with @apart; otherwise -1 */
	pid_t qemu;	/* the process that greets at the monitor; 0: not known yet */
	int qemu_pidfd; /* of @qemu if that is not @pid; otherwise -1 */
};

/**
 * qemu_child_start - start QEMU
 * @argv: a command line of QEMU, to whose end options can be added; NULL ends it
 * @apart: keep it away from the terminal: it has no standard input, what it prints
 *	   goes to @child->output, and it has a process group of its own
 * @hold: start it with "-S"
 * @signals: the signals that it is to have blocked
 * @child: filled
 *
 * Return: 0 or a negative errno, also if the program cannot be executed
 */
int qemu_child_start(char *const *argv, bool apart, bool hold, const sigset_t *signals,
		     struct qemu_child *child);

/**
 * qemu_child_greeted - wait until a process writes to the monitor
 * @child: what was started
 * @stop: a descriptor; the wait ends when it becomes readable
 * @until: when to give up, on the clock of clock_ms()
 *
 * Return: 0: @child->qemu is that process; -ETIMEDOUT; -ECANCELED: @stop was
 * readable; -ECONNRESET: the monitor was closed; or another negative errno
 */
int qemu_child_greeted(struct qemu_child *child, int stop, uint64_t until);

/* Whether the program that was started ends within @ms milliseconds. */
bool qemu_child_ends(const struct qemu_child *child, int ms);

/* Sends a signal to that program, and to QEMU if that is another process. */
void qemu_child_signal(const struct qemu_child *child, int sig);

/* Ends the program and all that it started, with SIGKILL if SIGTERM does not suffice. */
void qemu_child_end(const struct qemu_child *child);

/* Waits for its end. Returns its exit status, or STATUS_SIGNAL plus the signal's number. */
int qemu_child_wait(struct qemu_child *child);

/* Closes the descriptors, and does nothing to the processes. */
void qemu_child_free(struct qemu_child *child);

#endif /* KPL011_QEMU_CHILD_H */
