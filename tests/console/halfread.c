// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loaded into a program (LD_PRELOAD), plays a disk of which a directory cannot be read to its
 * end: as long as the file $HALFREAD_WHILE is there, getdents64(2) gives the first names of each
 * directory, and then fails. The C library's own readdir() is as ever. And as long as the file
 * $UNSEEN_WHILE is there, fstatat(2) fails for what is called as a log. The directory $UNOPENED
 * cannot be looked through by opendir(3). unlinkat(2) of what has $UNREMOVED in its name takes
 * ten milliseconds, and then fails. The first close(2) of what has $UNCLOSED in its name loses
 * its last bytes and says so, as that of a network file system without room.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

ssize_t getdents64(int fd, void *entries, size_t size)
{
	const char *path = getenv("HALFREAD_WHILE");

	if (path && !access(path, F_OK) && lseek(fd, 0, SEEK_CUR)) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_getdents64, fd, entries, size);
}

DIR *opendir(const char *name)
{
	DIR *(*next)(const char *name) = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
	const char *path = getenv("UNOPENED");

	if (path && !strcmp(name, path)) {
		errno = EACCES;
		return NULL;
	}
	return next(name);
}

/* As it is called with files of any size, which the program asks for. */
int fstatat64(int fd, const char *restrict name, struct stat64 *restrict st, int flags)
{
	const char *path = getenv("UNSEEN_WHILE");

	if (path && !access(path, F_OK) && strstr(name, ".log")) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_newfstatat, fd, name, st, flags);
}

int unlinkat(int fd, const char *name, int flags)
{
	const struct timespec slow = { .tv_nsec = 10 * 1000000 };
	const char *part = getenv("UNREMOVED");

	if (!part || !strstr(name, part))
		return (int)syscall(SYS_unlinkat, fd, name, flags);
	nanosleep(&slow, NULL);
	errno = EIO;
	return -1;
}

int close(int fd)
{
	const char *part = getenv("UNCLOSED");
	static bool told;
	struct stat st;
	char link[64];
	char name[512];
	ssize_t len = -1;

	if (part && !told) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, name, sizeof(name) - 1);
	}
	if (len >= 0)
		name[len] = '\0';
	if (len < 0 || !strstr(name, part) || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return (int)syscall(SYS_close, fd);
	told = true;
	syscall(SYS_ftruncate, fd, st.st_size - 3);
	syscall(SYS_close, fd);
	errno = EDQUOT;
	return -1;
}
