// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logdir.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/regular.h"

#define STATE LOGDIR_STATE
#define STATE_NEW LOGDIR_STATE ".new"
#define STATE_MODE 0700
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static void close_all(struct logdir *dir)
{
	if (dir->lock >= 0)
		close(dir->lock);
	if (dir->state >= 0)
		close(dir->state);
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
	dir->state = -1;
	dir->lock = -1;
}

/* A lock of this process alone: forked children do not inherit it. */
static const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

/* Returns -EBUSY if another process holds the lock. */
static int take_lock(struct logdir *dir)
{
	struct flock lock = whole;

	dir->fault = STATE "/lock";
	dir->lock = regular_open_at(dir->state, "lock", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (dir->lock < 0)
		return dir->lock == REGULAR_NOT || dir->lock == -ELOOP ? LOGDIR_NO_FILE : dir->lock;
	if (fcntl(dir->lock, F_SETLK, &lock))
		return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	return 0;
}

static int put(int at, const char *name, const char *text)
{
	int fd = regular_open_at(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	ssize_t len = (ssize_t)strlen(text);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return fd == REGULAR_NOT || fd == -ELOOP ? LOGDIR_NO_FILE : fd;
	n = write(fd, text, (size_t)len);
	if (n != len)
		err = n < 0 ? -errno : -ENOSPC;
	close(fd);
	return err;
}

/*
 * A new .kpl011/ gets a list of logs, which is empty, and a note that no logs have to be renamed:
 * if these files are missing, an earlier version wrote to the directory.
 */
static int make_state(struct logdir *dir)
{
	struct stat st;
	int err;
	int fd;

	dir->fault = STATE;
	if (!fstatat(dir->fd, STATE, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	dir->fault = STATE_NEW;
	if (mkdirat(dir->fd, STATE_NEW, STATE_MODE) && errno != EEXIST)
		return -errno;
	fd = openat(dir->fd, STATE_NEW, DIR_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	err = put(fd, LOGDIR_ROLL, "");
	if (!err)
		err = put(fd, LOGDIR_FORMAT, "2\n");
	close(fd);
	if (err)
		return err;
	/* Another daemon may have created it first: take_lock() decides. */
	if (renameat(dir->fd, STATE_NEW, dir->fd, STATE) && errno != EEXIST && errno != ENOTEMPTY)
		return -errno;
	dir->fault = STATE;
	return 0;
}

static int open_all(struct logdir *dir)
{
	int err;

	dir->fault = "";
	if (mkdir(dir->path, LOGDIR_MODE) && errno != EEXIST)
		return -errno;
	dir->fd = open(dir->path, DIR_FLAGS);
	if (dir->fd < 0)
		return -errno;
	err = make_state(dir);
	if (err)
		return err;
	dir->state = openat(dir->fd, STATE, DIR_FLAGS | O_NOFOLLOW);
	if (dir->state < 0)
		return -errno;
	err = take_lock(dir);
	if (!err)
		dir->fault = "";
	return err;
}

static pid_t holder(const struct logdir *dir)
{
	struct flock lock = whole;

	return fcntl(dir->lock, F_GETLK, &lock) ? 0 : lock.l_pid;
}

static void say_why(const char *path, int err)
{
	char above[PATH_MAX];
	struct stat st;

	snprintf(above, sizeof(above), "%s", path);
	if (err == -ENOTDIR)
		msg_more("It, or a part of its path, is not a directory.");
	else if (err == -EACCES || err == -EPERM)
		msg_more("Start the daemon as root, or give --directory one that is yours.");
	else if (err == -ENOENT && stat(dirname(above), &st))
		msg_more("The directory above it is missing: mkdir -p %s", path);
	else if (err == -ENOENT)
		msg_more("Directories cannot be created there: give --directory one on a disk.");
}

static const char *reason(int err)
{
	if (err == LOGDIR_NOT_OURS)
		return "there is a file by this name that kpl011 did not create";
	return err == LOGDIR_NO_FILE ? "there is something by this name that is not a regular file"
				     : strerror(-err);
}

static void say_why_not_state(int err)
{
	if (err == -ENOTDIR || err == -ELOOP)
		msg_more(
			"This is the daemon's own directory, and links are not followed: move away what is there.");
	else if (err == LOGDIR_NO_FILE)
		msg_more("This is the daemon's own file: move away what is there.");
	else if (err == -EACCES || err == -EPERM)
		msg_more("Start the daemon as root, or give --directory one that is yours.");
}

enum status logdir_open(struct logdir *dir, const char *path)
{
	int err;

	*dir = (struct logdir){ .fd = -1, .state = -1, .lock = -1 };
	snprintf(dir->path, sizeof(dir->path), "%s", path);
	err = open_all(dir);
	if (!err)
		return STATUS_OK;
	if (err == -EROFS || err == -ENOSPC || err == -EDQUOT || err == -EIO) {
		dir->never = err;
		logdir_failed(dir, dir->fault, err);
		close_all(dir);
		return STATUS_OK;
	}
	if (err == -EBUSY) {
		msg_error("another kpl011 daemon (process %d) keeps the logs in %s",
			  (int)holder(dir), path);
		msg_more("Stop that one first, or give this one another --directory.");
	} else {
		msg_error("cannot keep logs in %s%s%s: %s", path, *dir->fault ? "/" : "",
			  dir->fault, reason(err));
		if (*dir->fault)
			say_why_not_state(err);
		else
			say_why(path, err);
	}
	close_all(dir);
	return err == -EACCES || err == -EPERM ? STATUS_PERMISSION : STATUS_FAILED;
}

void logdir_close(struct logdir *dir)
{
	close_all(dir);
}

static bool same(int fd, int at, const char *path)
{
	struct stat there;
	struct stat here;

	return !fstatat(at, path, &there, 0) && !fstat(fd, &here) && there.st_dev == here.st_dev &&
	       there.st_ino == here.st_ino;
}

int logdir_check(struct logdir *dir)
{
	int err;

	if (dir->lock >= 0 && same(dir->fd, AT_FDCWD, dir->path) &&
	    same(dir->state, dir->fd, STATE))
		return 0;
	if (dir->lock >= 0)
		msg_error("%s was moved or removed: the daemon creates it again", dir->path);
	close_all(dir);
	err = open_all(dir);
	if (err)
		close_all(dir);
	else if (dir->never)
		logdir_worked(dir, "", dir->never);
	if (!err) {
		dir->generation++;
		dir->never = 0;
	}
	return err;
}

bool logdir_look(const struct logdir *dir, const char *name, struct stat *st)
{
	char path[PATH_MAX + NAME_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	return !fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

static const char *advice(int err)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
		return "Make room there, or set a smaller budget in [daemon].";
	case -EROFS:
		return "Its file system is read-only: see 'dmesg' for why, then remount it.";
	case -ENOTDIR:
	case LOGDIR_NO_FILE:
		return "Move away what is there.";
	case LOGDIR_NOT_OURS:
		return "Move it away; or add its name to .kpl011/logs and start the daemon again.";
	case -EFBIG:
		return "A limit of the system (ulimit -f) is less than rotate-size.";
	default:
		return NULL;
	}
}

/* Errors that concern one log's name, not the disk. */
static bool is_of_one(int err)
{
	return err == LOGDIR_NO_FILE || err == LOGDIR_NOT_OURS;
}

void logdir_failed(struct logdir *dir, const char *file, int err)
{
	if (!troubles_begin(&dir->troubles, err) && !is_of_one(err))
		return;
	msg_error("cannot write %s%s%s: %s", dir->path, *file ? "/" : "", file, reason(err));
	if (advice(err))
		msg_more("%s", advice(err));
	msg_more("The daemon keeps trying; meanwhile the kernel keeps the history of each guest.");
}

void logdir_worked(struct logdir *dir, const char *file, int err)
{
	bool last = troubles_end(&dir->troubles, err);

	if (is_of_one(err))
		msg_error("%s/%s can be written to again", dir->path, file);
	else if (last)
		msg_error("logs can be written to %s again; the error was: %s", dir->path,
			  reason(err));
}

void logdir_forget(struct logdir *dir, int err)
{
	troubles_end(&dir->troubles, err);
}
