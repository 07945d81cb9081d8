// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/dirread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* Less than a block of an ext4 directory, and enough for any name. */
#define ROOM 2048

struct dirread {
	int fd;
	ssize_t len;
	ssize_t at;
	int err;
	char entries[ROOM] __attribute__((aligned(__alignof__(struct dirent64))));
};

struct dirread *dirread_open(int at)
{
	struct dirread *dir = malloc(sizeof(*dir));
	int err;

	if (!dir)
		return NULL;
	dir->len = 0;
	dir->at = 0;
	dir->err = 0;
	dir->fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd >= 0)
		return dir;
	err = errno;
	free(dir);
	errno = err;
	return NULL;
}

void dirread_close(struct dirread *dir)
{
	if (!dir)
		return;
	close(dir->fd);
	free(dir);
}

const char *dirread_next(struct dirread *dir)
{
	const struct dirent64 *entry;

	if (dir->at >= dir->len) {
		dir->len = getdents64(dir->fd, dir->entries, sizeof(dir->entries));
		dir->at = 0;
		if (dir->len <= 0) {
			dir->err = dir->len ? errno : 0;
			return NULL;
		}
	}
	entry = (const struct dirent64 *)(dir->entries + dir->at);
	dir->at += entry->d_reclen;
	return entry->d_name;
}

int dirread_error(const struct dirread *dir)
{
	return dir->err;
}
