// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qemu_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/status.h"

/* Milliseconds that a process has after SIGTERM before it gets SIGKILL. */
#define END_MS 5000

/* The child's ends of pipes and sockets. */
struct theirs {
	int monitor;
	int config;
	int output; /* or -1 */
	int failed; /* the child writes the errno of a failed exec here */
};

static int config_file(int monitor)
{
	char text[256];
	int len;
	int fd;

	len = snprintf(text, sizeof(text),
		       "[chardev \"kpl011-run\"]\n"
		       "  backend = \"socket\"\n"
		       "  fd = \"%d\"\n"
		       "[mon \"kpl011-run\"]\n"
		       "  chardev = \"kpl011-run\"\n"
		       "  mode = \"control\"\n",
		       monitor);
	fd = memfd_create("kpl011-run", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)len) == len)
		return fd;
	close(fd);
	return -EIO;
}

static char **with_options(char *const *argv, bool hold, char *config)
{
	size_t count = 0;
	char **all;

	while (argv[count])
		count++;
	all = calloc(count + 4, sizeof(*all));
	if (!all)
		return NULL;
	memcpy(all, argv, count * sizeof(*all));
	if (hold)
		all[count++] = (char *)"-S";
	all[count++] = (char *)"-readconfig";
	all[count] = config;
	return all;
}

static void keep(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

/* Runs in the child: becomes QEMU. */
static void become(char **argv, const struct theirs *theirs, const sigset_t *signals)
{
	int null;
	int err;

	if (theirs->output >= 0) {
		setpgid(0, 0);
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null >= 0)
			dup2(null, STDIN_FILENO);
		dup2(theirs->output, STDOUT_FILENO);
		dup2(theirs->output, STDERR_FILENO);
	}
	keep(theirs->monitor);
	keep(theirs->config);
	sigprocmask(SIG_SETMASK, signals, NULL);
	execvp(argv[0], argv);
	err = errno;
	(void)!write(theirs->failed, &err, sizeof(err));
	_exit(127);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* 0, or a negative errno: why the program could not be executed. */
static int spawn(char **argv, struct theirs *theirs, const sigset_t *signals,
		 struct qemu_child *child)
{
	int failed[2];
	int err = 0;

	if (pipe2(failed, O_CLOEXEC))
		return -errno;
	theirs->failed = failed[1];
	child->pid = fork();
	if (!child->pid)
		become(argv, theirs, signals);
	if (child->pid < 0)
		err = errno;
	close(failed[1]);
	if (!err && read(failed[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(failed[0]);
	if (err && child->pid > 0)
		waitpid(child->pid, NULL, 0);
	if (err)
		return -err;
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd >= 0)
		return 0;
	err = -errno;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	return err;
}

static int make_ends(bool apart, struct theirs *theirs, struct qemu_child *child)
{
	int ends[2];
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child->monitor = ends[0];
	theirs->monitor = ends[1];
	/* Messages then carry the PID of their sender. */
	if (setsockopt(child->monitor, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		return -errno;
	theirs->config = config_file(theirs->monitor);
	if (theirs->config < 0)
		return theirs->config;
	if (!apart)
		return 0;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child->output = ends[0];
	theirs->output = ends[1];
	return fcntl(child->output, F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int qemu_child_start(char *const *argv, bool apart, bool hold, const sigset_t *signals,
		     struct qemu_child *child)
{
	struct theirs theirs = { .monitor = -1, .config = -1, .output = -1 };
	char config[64];
	char **all;
	int err;

	*child = (struct qemu_child){ .pidfd = -1, .monitor = -1, .output = -1, .qemu_pidfd = -1 };
	/* If a wrapper that started QEMU ends, QEMU becomes a child of this process. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	err = make_ends(apart, &theirs, child);
	if (!err) {
		snprintf(config, sizeof(config), "/proc/self/fd/%d", theirs.config);
		all = with_options(argv, hold, config);
		err = all ? spawn(all, &theirs, signals, child) : -ENOMEM;
		free(all);
	}
	close_one(&theirs.monitor);
	close_one(&theirs.config);
	close_one(&theirs.output);
	if (err)
		qemu_child_free(child);
	return err;
}

/* The sender of the next message, which stays unread. 0: not known; -1: the end, or an error. */
static pid_t sender(int fd)
{
	char room[CMSG_SPACE(sizeof(struct ucred))];
	struct ucred from = { .pid = 0 };
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head;
	ssize_t n = recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n <= 0)
		return -1;
	for (head = CMSG_FIRSTHDR(&msg); head; head = CMSG_NXTHDR(&msg, head))
		if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_CREDENTIALS)
			memcpy(&from, CMSG_DATA(head), sizeof(from));
	return from.pid;
}

int qemu_child_greeted(struct qemu_child *child, int stop, uint64_t until)
{
	struct pollfd pfds[] = {
		{ .fd = child->monitor, .events = POLLIN },
		{ .fd = stop, .events = POLLIN },
	};
	uint64_t now;
	pid_t pid;
	int n;

	do {
		now = clock_ms();
		n = poll(pfds, 2, now < until ? (int)(until - now) : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!n)
		return -ETIMEDOUT;
	if (pfds[1].revents)
		return -ECANCELED;
	pid = sender(child->monitor);
	if (pid < 0)
		return -ECONNRESET;
	/* A process in a PID namespace that we cannot see has no PID here. */
	child->qemu = pid ? pid : child->pid;
	if (child->qemu != child->pid)
		child->qemu_pidfd = pidfd_open(child->qemu, 0);
	return 0;
}

bool qemu_child_ends(const struct qemu_child *child, int ms)
{
	struct pollfd pfd = { .fd = child->pidfd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

void qemu_child_signal(const struct qemu_child *child, int sig)
{
	pidfd_send_signal(child->pidfd, sig, NULL, 0);
	if (child->qemu_pidfd >= 0)
		pidfd_send_signal(child->qemu_pidfd, sig, NULL, 0);
}

static void end_orphan(pid_t pid)
{
	struct pollfd pfd = { .fd = pidfd_open(pid, 0), .events = POLLIN };

	kill(pid, SIGTERM);
	if (pfd.fd < 0 || poll(&pfd, 1, END_MS) != 1)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	close_one(&pfd.fd);
}

/* A child of this process other than @child, or 0. */
static pid_t orphan(const struct qemu_child *child)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	pid_t found = 0;
	int pid;

	if (!list)
		return 0;
	while (!found && fscanf(list, "%d", &pid) == 1)
		if (pid != child->pid)
			found = pid;
	fclose(list);
	return found;
}

void qemu_child_end(const struct qemu_child *child)
{
	struct pollfd pfd = { .fd = child->qemu_pidfd, .events = POLLIN };

	qemu_child_signal(child, SIGTERM);
	if (!qemu_child_ends(child, END_MS) ||
	    (child->qemu_pidfd >= 0 && poll(&pfd, 1, END_MS) != 1)) {
		qemu_child_signal(child, SIGKILL);
		qemu_child_ends(child, END_MS);
	}
	for (pid_t pid = orphan(child); pid; pid = orphan(child))
		end_orphan(pid);
}

int qemu_child_wait(struct qemu_child *child)
{
	siginfo_t info = { .si_pid = 0 };

	while (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED) && errno == EINTR)
		;
	return info.si_code == CLD_EXITED ? info.si_status : STATUS_SIGNAL + info.si_status;
}

void qemu_child_free(struct qemu_child *child)
{
	close_one(&child->pidfd);
	close_one(&child->monitor);
	close_one(&child->output);
	close_one(&child->qemu_pidfd);
}
