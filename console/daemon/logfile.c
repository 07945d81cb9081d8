// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/regular.h"
#include "daemon/cutpoint.h"
#include "daemon/logfile_resume.h"
#include "daemon/ondisk.h"

/* A line is completed in the file before a rotation if its end is within this many bytes. */
#define LINE_NEAR 4096

/* The unit in which nearly all file systems allocate space. */
#define BLOCK ((uint64_t)4096)

static void close_files(struct logfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->ledger_fd >= 0)
		close(file->ledger_fd);
	file->fd = -1;
	file->ledger_fd = -1;
}

/* Notes the exact end of the log, so that nothing has to be inferred from its size. */
void logfile_close(struct logfile *file)
{
	if (file->ledger_fd >= 0 && !file->ledger.done) {
		file->ledger.from = file->at;
		file->ledger.to = file->at;
		ledger_store(file->ledger_fd, &file->ledger);
	}
	close_files(file);
}

static int open_ledger(struct logfile *file)
{
	struct stat st;
	int fd;

	file->fault = LOGFILE_LEDGER;
	if (file->ledger_fd >= 0 && !fstat(file->ledger_fd, &st) && st.st_nlink)
		return 0;
	if (file->ledger_fd >= 0)
		close(file->ledger_fd);
	fd = regular_open_at(file->dir->state, file->ledger_name, O_WRONLY | O_CREAT | O_NOFOLLOW,
			     0600);
	file->ledger_fd = fd < 0 ? -1 : fd;
	if (fd < 0)
		return fd == REGULAR_NOT || fd == -ELOOP ? LOGDIR_NO_FILE : fd;
	if (fstat(fd, &st))
		return -errno;
	file->ledger_id = (struct logfile_id){ .dev = st.st_dev, .ino = st.st_ino };
	/* An empty file was created just now. */
	if (!st.st_size)
		keeper_ledgers(file->keeper, file->base, 1);
	return 0;
}

static int store(struct logfile *file)
{
	int err = ledger_store(file->ledger_fd, &file->ledger);
	struct stat st;

	file->fault = err ? LOGFILE_LEDGER : LOGFILE_LOG;
	/* A part of a new ledger is worse than an empty file. */
	if (err && !fstat(file->ledger_fd, &st) && st.st_size < LEDGER_SIZE &&
	    ftruncate(file->ledger_fd, 0))
		return err;
	return err;
}

static int mark(struct logfile *file, const struct ledger_point *to)
{
	int err;

	file->ledger.dev = 0;
	file->ledger.ino = 0;
	file->ledger.exact = false;
	file->ledger.from = *to;
	file->ledger.to = *to;
	err = store(file);
	if (!err)
		file->at = *to;
	return err;
}

static int look(struct logfile *file, struct stat *st);

/* Rotates the log, which is open and not empty, and begins the next. Sets @next to its status. */
static int cut_off(struct logfile *file, struct stat *next)
{
	struct ledger_point begin = file->at;
	struct logname name = { .clean = file->clean };
	char text[LOGNAME_SIZE];
	struct stat st;
	int err;

	if (fstat(file->fd, &st))
		return -errno;
	snprintf(name.base, sizeof(name.base), "%s", file->base);
	keeper_name(file->keeper, &name);
	/* From here on the ledger is right, whether or not the log is renamed. */
	begin.in_line = false;
	err = mark(file, &begin);
	if (err)
		return err;
	if (renameat(file->dir->fd, file->name, file->dir->fd, logname_put(&name, text))) {
		err = -errno;
		file->ledger.dev = st.st_dev;
		file->ledger.ino = st.st_ino;
		return err;
	}
	close(file->fd);
	file->fd = -1;
	file->at.size = 0;
	file->in_line = false;
	file->rotate_now = false;
	keeper_live(file->keeper, name.base, name.clean, false, 0);
	keeper_add(file->keeper, &name, ondisk_bytes(&st, time(NULL)));
	return look(file, next);
}

static bool ends_in_line(const struct logfile *file, off_t size)
{
	int fd = openat(file->dir->fd, file->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char last = '\n';

	if (fd < 0)
		return false;
	if (size && pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

/* The error for an errno of opening a log, or of creating it. */
static int open_error(int err)
{
	switch (err) {
	case ELOOP:
	case EISDIR:
	case ENXIO:
		return LOGDIR_NO_FILE;
	case EEXIST:
		return LOGDIR_NOT_OURS;
	default:
		return -err;
	}
}

/* Opens whatever has the log's name now, but never a file that is not the daemon's. */
static int open_log(struct logfile *file, bool create)
{
	struct stat st;
	int err;
	int fd;

	if (create)
		keeper_own(file->keeper, file->name);
	fd = openat(file->dir->fd, file->name, LOGFILE_FLAGS | (create ? O_CREAT | O_EXCL : 0),
		    LOGDIR_FILE_MODE);
	if (fd < 0) {
		err = open_error(errno);
		/* Another program may have created it since look(), or may do so from now on. */
		if (create)
			keeper_disown(file->keeper, file->name);
		return err;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return LOGDIR_NO_FILE;
	}
	/* The ledger says that the daemon wrote this file, even if the roll does not list it. */
	if (!create && st.st_ino == file->ledger.ino && st.st_dev == file->ledger.dev)
		keeper_own(file->keeper, file->name);
	if (!create && !keeper_owns(file->keeper, file->name)) {
		close(fd);
		return LOGDIR_NOT_OURS;
	}
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	file->in_line = !create && ends_in_line(file, st.st_size);
	file->ledger.dev = st.st_dev;
	file->ledger.ino = st.st_ino;
	return 0;
}

/*
 * Whether the log and its ledger are still the open files, which is so before nearly all writes.
 * Looks at the paths, since a directory that was moved or created again has other files, or none.
 * This is the only check before a write.
 */
static bool is_as_it_was(const struct logfile *file, struct stat *st)
{
	char ledger[LOGFILE_LEDGER_SIZE + sizeof(LOGDIR_STATE)];
	struct stat ledger_st;

	if (file->ledger_fd < 0 || file->generation != file->dir->generation ||
	    file->dir->lock < 0 || (file->name[0] && (file->fd < 0 || !file->ledger.ino)))
		return false;
	snprintf(ledger, sizeof(ledger), LOGDIR_STATE "/%s", file->ledger_name);
	if (!logdir_look(file->dir, ledger, &ledger_st) ||
	    ledger_st.st_ino != file->ledger_id.ino || ledger_st.st_dev != file->ledger_id.dev)
		return false;
	return !file->name[0] || (logdir_look(file->dir, file->name, st) &&
				  st->st_ino == file->ledger.ino && st->st_dev == file->ledger.dev);
}

static void size_is(struct logfile *file, uint64_t size, enum ledger_verdict verdict)
{
	if (verdict == LEDGER_TRUNCATED || verdict == LEDGER_REPLACED)
		file->at.in_line = false;
	file->at.size = size;
	file->in_line = ends_in_line(file, (off_t)size);
	logfile_say_verdict(file, verdict);
}

static void look_at_size(struct logfile *file, const struct stat *st)
{
	if ((uint64_t)st->st_size < file->at.size)
		size_is(file, (uint64_t)st->st_size, LEDGER_TRUNCATED);
	else if ((uint64_t)st->st_size > file->at.size)
		size_is(file, (uint64_t)st->st_size, LEDGER_GREW);
}

/* Opens the log if it is not open, and finds out what other programs did to it. */
static int look(struct logfile *file, struct stat *st)
{
	bool had = file->fd >= 0;
	int err;

	if (fstatat(file->dir->fd, file->name, st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return -errno;
		err = open_log(file, true);
		if (err)
			return err;
		if (fstat(file->fd, st))
			return -errno;
		if (had)
			size_is(file, 0, LEDGER_REPLACED);
	} else if (!had || st->st_ino != file->ledger.ino || st->st_dev != file->ledger.dev) {
		err = open_log(file, false);
		if (err)
			return err;
		if (had)
			size_is(file, (uint64_t)st->st_size, LEDGER_REPLACED);
	}
	look_at_size(file, st);
	return 0;
}

/* Periods count from 1970-01-01 UTC: with 1d they are from midnight to midnight. */
static bool too_old(const struct logfile *file, const struct stat *st)
{
	int64_t age = (int64_t)file->rotate_age;
	int64_t now;

	return age && keeper_time(file->keeper, &now) && now > st->st_mtime &&
	       now / age != st->st_mtime / age;
}

/* Opens what a write needs. */
static int ready(struct logfile *file, struct stat *st)
{
	int err;

	if (is_as_it_was(file, st)) {
		if (file->name[0])
			look_at_size(file, st);
		return 0;
	}
	file->fault = LOGFILE_DIR;
	err = logdir_check(file->dir);
	if (err)
		return err;
	if (file->generation != file->dir->generation) {
		close_files(file);
		keeper_renew(file->keeper);
		file->generation = file->dir->generation;
		file->at.size = 0;
		file->at.in_line = false;
	}
	err = open_ledger(file);
	if (err || !file->name[0])
		return err;
	file->fault = LOGFILE_LOG;
	return look(file, st);
}

/* The size at which the log is rotated; 0: no limit. */
static uint64_t limit_of(const struct logfile *file)
{
	uint64_t early = keeper_rotate_size(file->keeper, file->base);

	if (!early || (file->rotate_size && file->rotate_size < early))
		return file->rotate_size;
	return early;
}

/*
 * Whether to end the line that the file ends with, since an earlier life or a crash left it there.
 * Only a clean log may be within a line of this life, which continues.
 */
static size_t line_to_end(const struct logfile *file, size_t len)
{
	return file->text && len && file->in_line && !(file->clean && file->at.in_line);
}

/* How many of the bytes to write before the log is rotated; @len: do not rotate. */
static size_t before_cut(const struct logfile *file, const struct stat *st,
			 const unsigned char *bytes, size_t len, bool exact)
{
	uint64_t size = file->at.size;
	uint64_t limit = limit_of(file);
	bool ends_line = exact && file->in_line;
	size_t at;

	if (!keeper_is_ready(file->keeper))
		return len;
	if (size && (file->rotate_now || too_old(file, st)))
		return ends_line ? cutpoint_line_end(bytes, len, LINE_NEAR) : 0;
	if (limit && size >= limit)
		return ends_line ? cutpoint_overdue(bytes, len, LINE_NEAR) : 0;
	if (!limit || size + line_to_end(file, len) + len + (exact ? LINE_NEAR : 0) <= limit)
		return len;
	if (!exact)
		return size ? 0 : len;
	/* If the next bytes would split the last line, rotate before that line. */
	if (size + len <= limit && bytes[len - 1] == '\n')
		return len;
	at = cutpoint(bytes, len, (size_t)(limit - size), file->in_line);
	return at || size ? at : len;
}

static int write_all(struct logfile *file, const unsigned char *bytes, size_t len, size_t *done)
{
	ssize_t n;

	for (*done = 0; *done < len; *done += (size_t)n) {
		n = write(file->fd, bytes + *done, len - *done);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return n ? -errno : -EIO;
	}
	return 0;
}

static uint64_t in_blocks(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

/*
 * Tells the keeper what the log occupies on the disk: what stat() said before the write, and its
 * growth since. The next write's stat() corrects that.
 */
static void tell_size(struct logfile *file, struct stat *st)
{
	uint64_t before = in_blocks((uint64_t)st->st_size);
	uint64_t now = in_blocks(file->at.size);
	uint64_t bytes = (uint64_t)st->st_blocks * 512 + now - before;

	keeper_live(file->keeper, file->base, file->clean, true, bytes);
	st->st_size = (off_t)file->at.size;
	st->st_blocks = (blkcnt_t)(bytes / 512);
}

/* @to: its size is ignored. @st: the log's status before the write; updated. */
static int append(struct logfile *file, const unsigned char *bytes, size_t len, bool exact,
		  const struct ledger_point *to, struct stat *st)
{
	size_t before = line_to_end(file, len);
	size_t done = 0;
	int err;

	file->ledger.exact = exact;
	file->ledger.from = file->at;
	file->ledger.to = *to;
	file->ledger.to.size = file->at.size + before + len;
	err = store(file);
	if (err)
		return err;
	err = write_all(file, (const unsigned char *)"\n", before, &done);
	if (!err)
		err = write_all(file, bytes, len, &done);
	if (!err) {
		file->at = file->ledger.to;
	} else if (exact) {
		file->at.size += done;
		file->at.pos += done;
	} else if (before + done && !ftruncate(file->fd, (off_t)file->at.size)) {
		done = 0;
	}
	if (done)
		file->in_line = bytes[done - 1] != '\n';
	tell_size(file, st);
	return err;
}

int logfile_append(struct logfile *file, const void *bytes, size_t len, bool exact,
		   const struct ledger_point *to)
{
	const unsigned char *from = bytes;
	struct ledger_point between;
	struct stat st;
	size_t first;
	int err;

	err = ready(file, &st);
	if (!err && !file->name[0])
		return mark(file, to);
	/*
	 * The rest may not fit into the next file either, or leave no room there for its last line.
	 */
	while (!err && (first = before_cut(file, &st, from, len, exact)) < len) {
		between = file->at;
		between.pos += first;
		if (first)
			err = append(file, from, first, true, &between, &st);
		if (!err)
			err = cut_off(file, &st);
		from += first;
		len -= first;
	}
	return err ? err : append(file, from, len, exact, to, &st);
}

int logfile_done(struct logfile *file)
{
	int err;

	file->fault = LOGFILE_DIR;
	err = logdir_check(file->dir);
	if (!err)
		err = open_ledger(file);
	if (err)
		return err;
	file->ledger.done = true;
	file->ledger.from = file->at;
	file->ledger.to = file->at;
	err = store(file);
	file->ledger.done = !err;
	return err;
}

const char *logfile_fault(const struct logfile *file, char path[LOGNAME_SIZE])
{
	switch (file->fault) {
	case LOGFILE_LOG:
		snprintf(path, LOGNAME_SIZE, "%s", file->name);
		break;
	case LOGFILE_LEDGER:
		snprintf(path, LOGNAME_SIZE, LOGDIR_STATE "/%s", file->ledger_name);
		break;
	case LOGFILE_DIR:
		snprintf(path, LOGNAME_SIZE, "%s", file->dir->fault);
		break;
	}
	return path;
}

void logfile_rotate(struct logfile *file)
{
	struct stat st;

	/* A request that stayed for an empty log would rotate out its first bytes alone. */
	file->rotate_now = !file->name[0] || file->at.size;
	if (file->name[0] && file->at.size && keeper_is_ready(file->keeper) && !ready(file, &st) &&
	    file->at.size)
		cut_off(file, &st);
}
