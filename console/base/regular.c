// SPDX-License-Identifier: GPL-2.0-only
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEV_NULL makedev(1, 3)

/* Whether an open file is a regular one: 0 or REGULAR_NOT. Another negative errno: not known. */
static int check(int fd, struct stat *st)
{
	if (fstat(fd, st))
		return -errno;
	return S_ISREG(st->st_mode) ? 0 : REGULAR_NOT;
}

int regular_open_at(int dir, const char *path, int flags, mode_t mode)
{
	bool read_only = (flags & O_ACCMODE) == O_RDONLY;
	struct stat st;
	int err;
	int fd;

	fd = openat(dir, path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
	if (fd < 0) {
		/* A pipe without a reader, a socket, or a device that does not exist. */
		return errno == ENXIO || errno == EISDIR || errno == ENODEV ? REGULAR_NOT : -errno;
	}
	err = check(fd, &st);
	if (err == REGULAR_NOT && read_only && S_ISCHR(st.st_mode) && st.st_rdev == DEV_NULL)
		err = 0;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int regular_open(const char *path, int flags)
{
	return regular_open_at(AT_FDCWD, path, flags, 0);
}

FILE *regular_fopen(const char *path)
{
	int fd = regular_open(path, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (!file && fd >= 0)
		close(fd);
	else if (!file)
		errno = -fd;
	return file;
}

const char *regular_reason(int err)
{
	switch (err) {
	case REGULAR_NOT:
		return "it is not a regular file but a directory, a pipe, a socket or a device: put a file in its place";
	case -ELOOP:
		return "it is a symbolic link, which is not followed: put the file itself in its place";
	default:
		return strerror(-err);
	}
}
