// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loaded into a program (LD_PRELOAD), kills it at a system call that changes a file:
 *
 *   KILLER_AT    the number of the call, from 1 on; a process that was forked counts on
 *   KILLER_HALF  a write is half done before
 *   KILLER_TOLD  a file: each kill is a line in it, "killed CALL", and at the end of a
 *                process that was not killed "calls NUMBER"
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long calls;

static void tell(const char *what, const char *more)
{
	const char *path = getenv("KILLER_TOLD");
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %s\n", what, more);
	int fd =
		path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600)
		     : -1;

	if (fd < 0)
		return;
	syscall(SYS_write, fd, line, len);
	syscall(SYS_close, fd);
}

static bool is_due(void)
{
	const char *at = getenv("KILLER_AT");

	return ++calls == (at ? strtoul(at, NULL, 10) : 0);
}

static void end(const char *call)
{
	tell("killed", call);
	kill(getpid(), SIGKILL);
}

static bool is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

__attribute__((destructor)) static void say_calls(void)
{
	char number[32];

	snprintf(number, sizeof(number), "%lu", calls);
	tell("calls", number);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	if (is_file(fd) && is_due()) {
		if (getenv("KILLER_HALF"))
			syscall(SYS_write, fd, bytes, len / 2);
		end("write");
	}
	return syscall(SYS_write, fd, bytes, len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	/* What is written in place is less than a page, which the kernel does not part. */
	if (is_due())
		end("pwrite");
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	if (is_due())
		end("rename");
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
	if (is_due())
		end("rename");
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int ftruncate64(int fd, off64_t size)
{
	if (is_due())
		end("truncate");
	return (int)syscall(SYS_ftruncate, fd, size);
}

int unlinkat(int dir, const char *path, int flags)
{
	if (is_due())
		end("unlink");
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int fsync(int fd)
{
	if (is_due())
		end("fsync");
	return (int)syscall(SYS_fsync, fd);
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (flags & O_CREAT && is_due())
		end("create");
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...) __attribute__((alias("openat")));
