/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that carries a connection: ssh, or the operator's command in its place.
 */
#ifndef KPL011_SSH_H
#define KPL011_SSH_H

#include <stdbool.h>
#include <sys/types.h>

#include "remote/hostspec.h"

struct ssh {
	pid_t pid; /* 0: there is none */
	int pidfd; /* readable when it has ended */
	int in;	   /* to write to it; this and the next two are non-blocking */
	int out;
	int err;
	bool alone; /* it has a session of its own, and cannot ask on the terminal */
};

#define SSH_NONE ((struct ssh){ .pidfd = -1, .in = -1, .out = -1, .err = -1 })

/* What the shell that runs the command in place of ssh calls itself in its messages. */
#define SSH_SHELL "--ssh"

/**
 * ssh_start - run `kpl011 serve` on a host
 * @host: the host, not a local one
 * @command: in place of ssh: a command for the shell, which is given the arguments
 *	     of ssh; or NULL
 * @asks: it may ask for a password on the terminal
 * @ssh: the process
 *
 * Return: 0, or a negative errno
 */
int ssh_start(const struct host *host, const char *command, bool asks, struct ssh *ssh);

/* Kills it if it still runs. Returns the exit status, or 128 plus the number of the signal. */
int ssh_end(struct ssh *ssh);

#endif /* KPL011_SSH_H */
