// SPDX-License-Identifier: GPL-2.0-only
#include "remote/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"

#define ARGS 16

/* The arguments of ssh. */
static void arguments(const char **argv, const struct host *host, bool asks)
{
	/* No terminal over there, and none of the forwardings that the user has configured. */
	*argv++ = "-T";
	*argv++ = "-oClearAllForwardings=yes";
	if (!asks)
		*argv++ = "-oBatchMode=yes";
	if (host->port[0]) {
		*argv++ = "-p";
		*argv++ = host->port;
	}
	/* Nothing after it is an option. */
	*argv++ = "--";
	*argv++ = host->destination;
	*argv++ = "kpl011 serve --stdio";
	*argv = NULL;
}

static void child(const struct host *host, const char *shell, bool asks, const int *fds)
{
	const char *argv[ARGS] = { "ssh" };
	size_t n = 1;

	if (shell) {
		argv[0] = "sh";
		argv[1] = "-c";
		argv[2] = shell;
		argv[3] = SSH_SHELL;
		n = 4;
	}
	arguments(argv + n, host, asks);
	if (!asks)
		setsid();
	for (int fd = 0; fd < 3; fd++)
		if (dup2(fds[fd], fd) < 0)
			_exit(STATUS_FAILED);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
	/* Not 127, with which a shell at the far end says that it has no kpl011. */
	_exit(STATUS_FAILED);
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

int ssh_start(const struct host *host, const char *command, bool asks, struct ssh *ssh)
{
	/* Of three pipes, the child's ends first and then ours. */
	int fds[6] = { -1, -1, -1, -1, -1, -1 };
	char *shell = NULL;
	int err;

	*ssh = SSH_NONE;
	ssh->alone = !asks;
	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC)) {
			err = -errno;
			close_all(fds, 6);
			return err;
		}
		fds[i] = ends[i ? 1 : 0];
		fds[3 + i] = ends[i ? 0 : 1];
		fcntl(fds[3 + i], F_SETFL, O_NONBLOCK);
	}
	if (command && asprintf(&shell, "%s \"$@\"", command) < 0) {
		close_all(fds, 6);
		return -ENOMEM;
	}
	ssh->pid = fork();
	if (!ssh->pid)
		child(host, shell, asks, fds);
	err = ssh->pid < 0 ? -errno : 0;
	free(shell);
	close_all(fds, 3);
	if (err) {
		ssh->pid = 0;
		close_all(fds + 3, 3);
		return err;
	}
	ssh->in = fds[3];
	ssh->out = fds[4];
	ssh->err = fds[5];
	ssh->pidfd = pidfd_open(ssh->pid, 0);
	if (ssh->pidfd >= 0)
		return 0;
	err = -errno;
	ssh_end(ssh);
	return err;
}

int ssh_end(struct ssh *ssh)
{
	int status = 0;
	bool alone = ssh->alone;
	pid_t pid = ssh->pid;

	close_all((int[]){ ssh->in, ssh->out, ssh->err, ssh->pidfd }, 4);
	if (!pid)
		return 0;
	*ssh = SSH_NONE;
	if (!waitpid(pid, &status, WNOHANG)) {
		/* Its session, too, with what it may have started. */
		if (alone)
			kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SHELL + WTERMSIG(status);
}
