/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A QEMU of our own that stands still before its guest's first instruction,
 * with a monitor (QMP) that nobody else can reach.
 *
 * It is given "-S", and the monitor in a file of settings ("-readconfig"):
 * unlike "-qmp" and "-mon" that leaves alone which other monitors it has. The
 * monitor's socket and the file are inherited descriptors, nothing is on disk.
 */
#ifndef KPL011_QEMU_CHILD_H
#define KPL011_QEMU_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct qemu_child {
	pid_t pid;	/* what was started: QEMU, or a program that starts it */
	int pidfd;	/* readable when it has ended */
	int monitor;	/* our end of it, to be taken by who uses it; -1: taken */
	int output;	/* what it prints, if it is apart, or -1 */
	pid_t qemu;	/* who greets at the monitor; 0: not known yet */
	int qemu_pidfd; /* of @qemu if that is not @pid, or -1 */
};

/**
 * qemu_child_start - start it
 * @argv: a command line of QEMU's, at whose end options can be added; NULL ends it
 * @apart: it shall leave the terminal alone: no standard input, what it prints
 *	   goes to @child->output, its process group is its own
 * @hold: with "-S"
 * @signals: what it shall have blocked
 * @child: what was started
 *
 * Return: 0 or a negative errno, also of finding the program
 */
int qemu_child_start(char *const *argv, bool apart, bool hold, const sigset_t *signals,
		     struct qemu_child *child);

/**
 * qemu_child_greeted - wait until somebody says something at the monitor
 * @child: what was started
 * @stop: a descriptor; when it is readable, nothing is waited for any more
 * @until: a time of qmp_now()
 *
 * Return: 0: @child->qemu is who it was; -ETIMEDOUT, -ECANCELED, -ECONNRESET:
 * the monitor was closed
 */
int qemu_child_greeted(struct qemu_child *child, int stop, uint64_t until);

/* Whether it ends within so many milliseconds. */
bool qemu_child_ends(const struct qemu_child *child, int ms);

/* Sends it, and the QEMU behind it, a signal. */
void qemu_child_signal(const struct qemu_child *child, int sig);

/* Has it end, and all that it started, by force if need be. */
void qemu_child_end(const struct qemu_child *child);

/* Waits for the end: its exit status, or STATUS_SIGNAL and a signal's number. */
int qemu_child_wait(struct qemu_child *child);

/* Closes descriptors; what was started is not touched. */
void qemu_child_free(struct qemu_child *child);

#endif /* KPL011_QEMU_CHILD_H */
