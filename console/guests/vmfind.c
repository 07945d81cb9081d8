// SPDX-License-Identifier: GPL-2.0-only
#include "guests/vmfind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/human.h"
#include "guests/cgroup.h"

#define VM_LINK "anon_inode:kvm-vm"

/*
 * Bytes that are read of a file in /proc/PID. The owner of a process can make its command line
 * megabytes long, and have thousands of processes. Command lines of QEMU have some ten kilobytes.
 */
#define READ_MAX (64 * 1024)

static int open_proc(pid_t pid, const char *what, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return fd;
}

/* Returns the bytes at *@text, which the caller frees, or a negative errno. */
static ssize_t read_proc(pid_t pid, const char *what, char **text)
{
	size_t size = 4096;
	size_t len = 0;
	char *buf = NULL;
	ssize_t n = 1;
	char *more;
	int err;
	int fd;

	fd = open_proc(pid, what, O_RDONLY);
	if (fd < 0)
		return fd;
	while (n > 0 && len < READ_MAX) {
		size *= 2;
		more = realloc(buf, size);
		if (!more) {
			errno = ENOMEM;
			n = -1;
			break;
		}
		buf = more;
		while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
			len += (size_t)n;
	}
	if (len > READ_MAX)
		len = READ_MAX;
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err) {
		free(buf);
		return err;
	}
	buf[len] = '\0';
	*text = buf;
	return (ssize_t)len;
}

static int read_uid(pid_t pid, uid_t *uid)
{
	char *status;
	unsigned int real;
	const char *line;
	ssize_t n;

	n = read_proc(pid, "status", &status);
	if (n < 0)
		return (int)n;
	line = strstr(status, "\nUid:");
	if (line && sscanf(line + strlen("\nUid:"), "%u", &real) == 1)
		*uid = (uid_t)real;
	free(status);
	return line ? 0 : -ESRCH;
}

/* "qemu" for /usr/bin/qemu-system-aarch64, otherwise the last part of the path. */
static void executable(pid_t pid, char *name, size_t size)
{
	char path[64];
	char target[PATH_MAX];
	const char *base = "vm";
	char *comm = NULL;
	char *gone;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n > 0) {
		target[n] = '\0';
		/* The file was replaced by an upgrade. */
		gone = strstr(target, " (deleted)");
		if (gone)
			*gone = '\0';
		base = strrchr(target, '/');
		base = base ? base + 1 : target;
	} else if (read_proc(pid, "comm", &comm) > 0) {
		comm[strcspn(comm, "\n")] = '\0';
		base = comm;
	}
	if (!strncmp(base, "qemu-system", strlen("qemu-system")))
		base = "qemu";
	snprintf(name, size, "%.*s", (int)size - 1, base);
	free(comm);
}

int vmfind_process(pid_t pid, struct vm_process *process)
{
	char *cmdline;
	ssize_t n;
	int err;

	*process = (struct vm_process){ .pid = pid };
	err = read_uid(pid, &process->uid);
	if (err)
		return err;
	n = read_proc(pid, "cmdline", &cmdline);
	if (n >= 0) {
		process->named =
			qemu_args_name(cmdline, (size_t)n, process->name, sizeof(process->name));
		free(cmdline);
	}
	if (!process->named)
		executable(pid, process->name, sizeof(process->name));
	return 0;
}

char *vmfind_command(pid_t pid)
{
	char *cmdline;
	ssize_t n = read_proc(pid, "cmdline", &cmdline);

	if (n < 0)
		return NULL;
	while (n && !cmdline[n - 1])
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (!cmdline[i])
			cmdline[i] = ' ';
	if (n)
		return cmdline;
	free(cmdline);
	return NULL;
}

char *vmfind_cgroup(pid_t pid)
{
	const char *path;
	char *copy;
	char *text;

	if (read_proc(pid, "cgroup", &text) < 0)
		return NULL;
	path = cgroup_path(text);
	copy = path ? strdup(path) : NULL;
	free(text);
	return copy;
}

bool vmfind_uuid(pid_t pid, char uuid[QEMU_ARGS_UUID_SIZE])
{
	char *cmdline;
	ssize_t n = read_proc(pid, "cmdline", &cmdline);
	bool found;

	if (n < 0)
		return false;
	found = qemu_args_uuid(cmdline, (size_t)n, uuid);
	free(cmdline);
	return found;
}

int vmfind_search_begin(pid_t pid, struct vm_search *search)
{
	int fd;

	*search = (struct vm_search){ .lowest = INT_MAX };
	fd = open_proc(pid, "fd", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	search->dir = fdopendir(fd);
	if (search->dir)
		return 0;
	close(fd);
	return -ENOMEM;
}

int vmfind_search_some(struct vm_search *search, int descriptors)
{
	char target[sizeof(VM_LINK)];
	struct dirent *entry = NULL;
	uint64_t number;
	ssize_t n;
	int err;

	while (errno = 0, descriptors-- > 0 && (entry = readdir(search->dir))) {
		n = readlinkat(dirfd(search->dir), entry->d_name, target, sizeof(target));
		if (n != (ssize_t)strlen(VM_LINK) || memcmp(target, VM_LINK, (size_t)n) ||
		    !human_parse(entry->d_name, 0, INT_MAX - 1, &number))
			continue;
		if ((int)number < search->lowest)
			search->lowest = (int)number;
	}
	err = errno;
	if (entry)
		return -EAGAIN;
	if (search->lowest != INT_MAX)
		return search->lowest;
	/* Without permission the directory can be opened, but not read. */
	if (err)
		return err == ENOENT ? -ESRCH : -err;
	return -ENODEV;
}

void vmfind_search_end(struct vm_search *search)
{
	if (search->dir)
		closedir(search->dir);
	search->dir = NULL;
}

/* The number of the VM's descriptor in the process, or a negative errno. */
static int vm_number(pid_t pid)
{
	struct vm_search search;
	int number = vmfind_search_begin(pid, &search);

	if (number)
		return number;
	do
		number = vmfind_search_some(&search, INT_MAX);
	while (number == -EAGAIN);
	vmfind_search_end(&search);
	return number;
}

int vmfind_has_vm(pid_t pid)
{
	int number = vm_number(pid);

	if (number == -ENODEV)
		return 0;
	return number < 0 ? number : 1;
}

/* Whether @fd is a VM: the process may have reused the number meanwhile. */
static bool is_vm(int fd)
{
	char target[sizeof(VM_LINK)];
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target)) == (ssize_t)strlen(VM_LINK) &&
	       !memcmp(target, VM_LINK, strlen(VM_LINK));
}

/* @found: the number of the descriptor; NULL: search for it. */
static int take(pid_t pid, const int *found)
{
	struct pollfd ended = { .events = POLLIN };
	int number;
	int pidfd;
	int fd;

	/* Must come first: from here on another process cannot get this PID unnoticed. */
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return -errno;
	number = found ? *found : vm_number(pid);
	if (number < 0) {
		fd = number;
		goto out;
	}
	fd = pidfd_getfd(pidfd, number, 0);
	if (fd < 0)
		fd = errno == EBADF ? -ENODEV : -errno;
	if (fd >= 0 && !is_vm(fd)) {
		close(fd);
		fd = -ENODEV;
	}
out:
	ended.fd = pidfd;
	if (fd < 0 && poll(&ended, 1, 0) == 1)
		fd = -ESRCH;
	close(pidfd);
	return fd;
}

int vmfind_take(pid_t pid)
{
	return take(pid, NULL);
}

int vmfind_take_found(pid_t pid, int number)
{
	return take(pid, &number);
}

/* Turns a path of the command line into one that this process can open. */
static int path_of(pid_t pid, const char *written, char *path, size_t size)
{
	int n;

	if (written[0] == '/')
		n = snprintf(path, size, "%s", written);
	else
		n = snprintf(path, size, "/proc/%d/cwd/%s", (int)pid, written);
	return (size_t)n < size ? 0 : -ENOENT;
}

int vmfind_serial(pid_t pid, char *path, size_t size)
{
	char written[PATH_MAX];
	char *cmdline;
	ssize_t n;
	bool found;

	n = read_proc(pid, "cmdline", &cmdline);
	if (n < 0)
		return (int)n;
	found = qemu_args_serial(cmdline, (size_t)n, written, sizeof(written));
	free(cmdline);
	return found ? path_of(pid, written, path, size) : -ENOENT;
}

int vmfind_qmp(pid_t pid, size_t index, char *path, size_t size)
{
	char written[PATH_MAX];
	char *cmdline;
	ssize_t n;
	bool found;

	n = read_proc(pid, "cmdline", &cmdline);
	if (n < 0)
		return (int)n;
	found = qemu_args_qmp(cmdline, (size_t)n, index, written, sizeof(written));
	free(cmdline);
	if (!found)
		return -ENOENT;
	return path_of(pid, written, path, size);
}

int vmfind_each(int (*fn)(pid_t pid, void *arg), void *arg)
{
	struct dirent *entry;
	uint64_t pid;
	DIR *dir;
	int ret = 0;

	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir)))
		if (human_parse(entry->d_name, 1, INT_MAX, &pid))
			ret = fn((pid_t)pid, arg);
	closedir(dir);
	return ret;
}
