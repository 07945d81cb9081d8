// SPDX-License-Identifier: GPL-2.0-only
#include "base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/regular.h"

/* Names to try before giving up. */
#define TRIES 16

/* Opens the directory, and keeps the last part of the path. */
static int open_dir(struct newfile *file, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	char dir[PATH_MAX];

	if (!*path)
		return -ENOENT;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;
	if (len >= sizeof(dir) || strlen(name) >= sizeof(file->name))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	strcpy(file->name, name);
	file->dir = open(len ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* We may be allowed to write to the directory but not to list it. */
	if (file->dir < 0 && errno == EACCES)
		file->dir = open(len ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return file->dir < 0 ? -errno : 0;
}

/* A name that nobody can guess. */
static void make_name(struct newfile *file)
{
	uint64_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)getpid();
	snprintf(file->temporary, sizeof(file->temporary), ".%.200s.%016llx", file->name,
		 (unsigned long long)random);
}

/*
 * If the file system has no files without a name (O_TMPFILE), the file gets a temporary one, which
 * stays if the program is killed.
 */
static int make_file(struct newfile *file, mode_t mode)
{
	file->fd = openat(file->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
	for (int i = 0; file->fd < 0 && i < TRIES; i++) {
		make_name(file);
		file->fd = openat(file->dir, file->temporary,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (file->fd < 0 && errno != EEXIST)
			break;
		file->named = file->fd >= 0;
	}
	return file->fd < 0 ? -errno : 0;
}

/* Checks whether what is there may be replaced or written to. */
static int look(struct newfile *file, mode_t *mode)
{
	struct stat st;

	if (fstatat(file->dir, file->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (file->how == NEWFILE_FRESH)
		return -EEXIST;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode)) {
		if (st.st_uid == geteuid())
			*mode = st.st_mode & 0777;
		return 0;
	}
	if (file->how == NEWFILE_QUICK)
		return REGULAR_NOT;
	/* In a directory that all may write to, a pipe may belong to somebody who reads along. */
	if (st.st_uid && st.st_uid != geteuid())
		return -EPERM;
	file->direct = true;
	return 0;
}

static int begin(struct newfile *file, mode_t mode)
{
	mode_t old = mode;
	int err = look(file, &old);

	if (err)
		return err;
	if (file->direct) {
		file->fd =
			openat(file->dir, file->name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
		return file->fd < 0 ? -errno : 0;
	}
	err = make_file(file, mode);
	if (!err && old != mode && fchmod(file->fd, old))
		err = -errno;
	return err;
}

static void close_all(struct newfile *file)
{
	if (file->named)
		unlinkat(file->dir, file->temporary, 0);
	if (file->fd >= 0)
		close(file->fd);
	close(file->dir);
}

int newfile_begin(struct newfile *file, const char *path, mode_t mode, enum newfile_how how)
{
	int err;

	*file = (struct newfile){ .fd = -1, .dir = -1, .how = how };
	err = open_dir(file, path);
	if (err)
		return err;
	err = begin(file, mode);
	if (err)
		close_all(file);
	return err;
}

int newfile_write(struct newfile *file, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len) {
		ssize_t n = write(file->fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Links a file without a name to a name, which must be free. */
static int give_name(struct newfile *file, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file->fd);
	return linkat(AT_FDCWD, path, file->dir, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

static int put_in_place(struct newfile *file)
{
	int err = 0;

	if (file->how != NEWFILE_QUICK && fsync(file->fd))
		return -errno;
	if (file->how == NEWFILE_FRESH) {
		if (!file->named)
			return give_name(file, file->name);
		return linkat(file->dir, file->temporary, file->dir, file->name, 0) ? -errno : 0;
	}
	for (int i = 0; !file->named && i < TRIES; i++) {
		make_name(file);
		err = give_name(file, file->temporary);
		if (err && err != -EEXIST)
			return err;
		file->named = !err;
	}
	if (err || renameat(file->dir, file->temporary, file->dir, file->name))
		return err ? err : -errno;
	file->named = false;
	return 0;
}

int newfile_end(struct newfile *file, int err)
{
	if (!err && !file->direct)
		err = put_in_place(file);
	/* Network file systems report only here that there was no room. */
	if (!err && file->direct) {
		if (close(file->fd))
			err = -errno;
		file->fd = -1;
	}
	/* Sync the name, too: after a crash there is the old file or the new one. */
	if (!err && !file->direct && file->how != NEWFILE_QUICK)
		fsync(file->dir);
	close_all(file);
	return err;
}

int newfile_put(const char *path, mode_t mode, enum newfile_how how, const void *bytes, size_t len)
{
	struct newfile file;
	int err = newfile_begin(&file, path, mode, how);

	return err ? err : newfile_end(&file, newfile_write(&file, bytes, len));
}

const char *newfile_reason(int err)
{
	switch (err) {
	case -ELOOP:
		return "it is a symbolic link, which is not followed: give the file itself";
	case -EISDIR:
		return "it is a directory";
	case REGULAR_NOT:
		return regular_reason(err);
	default:
		return strerror(-err);
	}
}
