// SPDX-License-Identifier: GPL-2.0-only
#include "dir_reads.h"

#include <errno.h>
#include <sys/types.h>

int reads_left;

ssize_t __real_getdents64(int fd, void *entries, size_t size);
ssize_t __wrap_getdents64(int fd, void *entries, size_t size);
ssize_t __wrap_getdents64(int fd, void *entries, size_t size)
{
	if (reads_left--)
		return __real_getdents64(fd, entries, size);
	errno = EIO;
	return -1;
}
