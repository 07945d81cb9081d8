// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loaded into a program (LD_PRELOAD), plays a disk that does not answer one of the processes
 * that are forked from it. As long as the file $STUCK_WHILE is there the first of them that
 * calls fsync(2) does not come back, and is not ended by SIGKILL either; it is as soon as
 * the file is gone. $STUCK_WHILE.there tells that one of them waits.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pid_t parent;

__attribute__((constructor)) static void begin(void)
{
	parent = getpid();
}

static bool exists(const char *what)
{
	const char *path = getenv("STUCK_WHILE");
	char full[512];

	snprintf(full, sizeof(full), "%s%s", path ? path : "/nonexistent/", what);
	return !access(full, F_OK);
}

/* With the number of this process in it, from the first moment on. False: it was there. */
static bool make(const char *what)
{
	char full[512];
	char new[600];
	bool made;
	int fd;

	snprintf(full, sizeof(full), "%s%s", getenv("STUCK_WHILE"), what);
	snprintf(new, sizeof(new), "%s.%d", full, (int)getpid());
	fd = (int)syscall(SYS_openat, AT_FDCWD, new, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	dprintf(fd, "%d\n", (int)getpid());
	syscall(SYS_close, fd);
	made = !syscall(SYS_linkat, AT_FDCWD, new, AT_FDCWD, full, 0);
	syscall(SYS_unlinkat, AT_FDCWD, new, 0);
	return made;
}

static bool is_stuck(pid_t pid)
{
	char full[512];
	int stuck = 0;
	FILE *file;

	snprintf(full, sizeof(full), "%s.there", getenv("STUCK_WHILE"));
	file = fopen(full, "re");
	if (!file || fscanf(file, "%d", &stuck) != 1)
		stuck = 0;
	if (file)
		fclose(file);
	return stuck == pid;
}

int fsync(int fd)
{
	static const struct timespec moment = { .tv_nsec = 5000000 };

	if (getpid() == parent || !exists("") || !make(".there"))
		return (int)syscall(SYS_fsync, fd);
	while (exists(""))
		nanosleep(&moment, NULL);
	if (exists(".killed"))
		syscall(SYS_kill, getpid(), SIGKILL);
	return (int)syscall(SYS_fsync, fd);
}

int kill(pid_t pid, int sig)
{
	if (sig != SIGKILL || !exists("") || !is_stuck(pid))
		return (int)syscall(SYS_kill, pid, sig);
	make(".killed");
	return 0;
}

/* As the end of its parent would. */
int prctl(int what, ...)
{
	unsigned long arg;
	va_list ap;

	if (what == 1 /* PR_SET_PDEATHSIG */ && exists(""))
		return 0;
	va_start(ap, what);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)syscall(SYS_prctl, what, arg, 0, 0, 0);
}
