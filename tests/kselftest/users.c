// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"
#include "users.h"

/* A byte, with a descriptor if it is not negative. */
static int give(int sock, char byte, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

/* Returns the byte, or -1; the descriptor that came with it, or -1. */
static int take(int sock, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	*fd = -1;
	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
	return (unsigned char)byte;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Returns 0, or an errno. */
static int become(const struct maker *maker, int sock)
{
	int none;

	if (maker->ns_map) {
		if (setresgid(maker->ns_uid, maker->ns_uid, maker->ns_uid) ||
		    setresuid(maker->ns_uid, maker->ns_uid, maker->ns_uid) ||
		    unshare(CLONE_NEWUSER))
			return errno;
		if (give(sock, 'm', -1) || take(sock, &none) != 'm')
			return EPIPE;
	}
	if (setresuid(maker->uid, maker->uid, maker->uid) ||
	    (maker->nested && unshare(CLONE_NEWUSER)))
		return errno;
	return 0;
}

static void make(const struct maker *maker, int kvm, int sock)
{
	int err = become(maker, sock);
	int vm = -1;

	if (!err) {
		vm = ioctl(kvm, KVM_CREATE_VM, 0);
		err = vm < 0 ? errno : 0;
	}
	give(sock, err, vm);
	/* Until the other end is closed, or for ever. */
	take(sock, &vm);
	_exit(0);
}

int users_vm(const struct maker *maker, pid_t *pid)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int pair[2], vm = -1, byte, err = 0;
	char path[64];
	pid_t child;

	if (kvm < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -errno;
	child = fork();
	if (!child) {
		close(pair[1]);
		make(maker, kvm, pair[0]);
	}
	close(kvm);
	close(pair[0]);
	if (child < 0)
		return -errno;
	byte = take(pair[1], &vm);
	if (maker->ns_map && byte == 'm') {
		snprintf(path, sizeof(path), "/proc/%d/gid_map", child);
		err = write_file(path, maker->ns_map);
		snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
		err = err ? err : write_file(path, maker->ns_map);
		give(pair[1], err ? 'x' : 'm', -1);
		byte = take(pair[1], &vm);
	}
	if (!err)
		err = byte < 0 ? -EPIPE : -byte;
	if (pid && !err) {
		/* It waits at the end that is left open. */
		*pid = child;
		return vm;
	}
	close(pair[1]);
	waitpid(child, NULL, 0);
	return err ? err : vm;
}

int users_vm_of(uid_t uid)
{
	return users_vm(&(struct maker){ .uid = uid }, NULL);
}

void users_reap(void)
{
	DIR *dir = opendir("/dev/kpl011");
	struct dirent *entry;
	int fd;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		fd = port_open(atoi(entry->d_name), O_RDWR);
		if (fd < 0)
			continue;
		port_reap(fd);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

int users_run_as(uid_t uid, int (*fn)(void *arg), void *arg)
{
	int status;
	pid_t child = fork();

	if (!child) {
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(200);
		_exit(fn(arg));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 127)
		return -1;
	return WEXITSTATUS(status);
}

static const char *parameter_path(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "/sys/module/kpl011/parameters/%s", name);
	return path;
}

long users_parameter(const char *name)
{
	FILE *file = fopen(parameter_path(name), "re");
	long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

int users_set_parameter(const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	return write_file(parameter_path(name), text);
}
