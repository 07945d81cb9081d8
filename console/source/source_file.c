// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/blocked.h"
#include "source/filesame.h"
#include "source/filewatch.h"
#include "source/marks.h"

/* Seconds between looks for what inotify misses: another file of the name, another host's write. */
#define LOOK_SECONDS 1

#define MARKS 1024

/* Bytes that are looked for in a file without a size, at most. */
#define UNSIZED_MAX 1048576

/* A position is an offset in the file, plus the bytes of the files whose place it took. */
struct file {
	/* Its descriptor is a timer, readable when there is more to read or it is time to look. */
	struct source src;
	bool more;		 /* the timer was set to expire at once, and stays readable */
	struct filewatch *watch; /* sets the timer; NULL: without a loop the timer has to do */
	int fd;
	struct origin origin;
	struct stat st; /* as it was last looked at */
	uint64_t size;	/* of @st, or less if it is known to have less: see note_end() */
	struct filesame kept;
	uint64_t cut; /* position of its first byte */
	uint64_t pos;
	struct marks marks;
	struct source_facts facts;
	char key[ORIGIN_KEY_SIZE];
};

static struct file *to_file(struct source *src)
{
	return (struct file *)((char *)src - offsetof(struct file, src));
}

static uint64_t newest(const struct file *file)
{
	return file->cut + file->size;
}

/* Position of the byte that is read next: what was cut off unread is lost. */
static uint64_t next(const struct file *file)
{
	return file->pos > file->cut ? file->pos : file->cut;
}

/* Makes the descriptor readable: at once and until this is called again, or after a while. */
static void set_timer(struct file *file, bool more)
{
	struct itimerspec when = { .it_interval.tv_sec = LOOK_SECONDS };

	if (more)
		when.it_value.tv_nsec = 1;
	else
		when.it_value.tv_sec = LOOK_SECONDS;
	file->more = more;
	timerfd_settime(file->src.fd, 0, &when, NULL);
}

/* Waits for what is written from here on. The descriptor is not readable until then. */
static void await(struct file *file)
{
	set_timer(file, false);
}

static void on_changed(void *arg)
{
	struct file *file = arg;

	if (!file->more)
		set_timer(file, true);
}

/* Only compared for equality, as a file may have any time. */
static int64_t changed_ns(const struct stat *st)
{
	uint64_t ns = (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;

	return (int64_t)(ns & INT64_MAX);
}

static void keep(struct file *file, const struct stat *st)
{
	file->st = *st;
	file->size = (uint64_t)st->st_size;
	filesame_keep(&file->kept, file->fd, file->size);
}

/*
 * No more can be read, so a size that promises more is too large; see readable(). If the size
 * becomes smaller, what was never there was neither lost, nor is the file another one.
 */
static void note_end(struct file *file)
{
	uint64_t size = next(file) - file->cut;

	if (size >= file->size)
		return;
	file->size = size;
	filesame_keep(&file->kept, file->fd, size);
}

/* What comes next is another VMM's, from the start of the file. */
static void begin_anew(struct file *file)
{
	file->cut = newest(file) > file->pos ? newest(file) : file->pos;
	file->src.begins = file->cut;
}

/*
 * Looks for bytes that came since the last look. If there are fewer than before, or others in
 * their place, the file was truncated and starts again.
 */
static int measure(struct file *file)
{
	uint64_t before = newest(file);
	struct stat st;

	if (fstat(file->fd, &st))
		return -errno;
	if (st.st_size == file->st.st_size && changed_ns(&st) == changed_ns(&file->st))
		return 0;
	if ((uint64_t)st.st_size < file->size || !filesame_is_there(&file->kept, file->fd)) {
		begin_anew(file);
		before = file->cut;
	}
	keep(file, &st);
	if (newest(file) > before)
		marks_add(&file->marks, before, clock_boot_ns());
	return 0;
}

static uint64_t mix(uint64_t life, uint64_t value)
{
	return (life ^ (life >> 32)) * 0x9e3779b97f4a7c15 + value;
}

/*
 * Identifies the file, so that a cursor is not used with another one. A new file may get the
 * inode of a removed one, but not its birth time or generation.
 */
static uint64_t life_of(int fd, const struct stat *st)
{
	uint64_t life = mix((uint64_t)st->st_dev, (uint64_t)st->st_ino);
	unsigned int generation[2] = { 0 };
	struct statx more;

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &more) && (more.stx_mask & STATX_BTIME))
		life = mix(mix(life, (uint64_t)more.stx_btime.tv_sec), more.stx_btime.tv_nsec);
	/* Some file systems write a long. */
	if (!ioctl(fd, FS_IOC_GETVERSION, generation))
		life = mix(life, generation[0]);
	return life >> 2;
}

/* True after an error, too: the reader gets that error there. */
static bool has_byte(const struct file *file, uint64_t at)
{
	char byte;

	return pread(file->fd, &byte, 1, (off_t)at) != 0;
}

/*
 * How many bytes can be read. The size does not tell: the kernel's own files have none, or that
 * of a page, and the size of a file on another host may be out of date.
 */
static uint64_t readable(const struct file *file)
{
	uint64_t end = (uint64_t)file->st.st_size;
	char bytes[4096];
	uint64_t from = 0;
	ssize_t n = 1;

	if (end && has_byte(file, end - 1))
		return end;
	/* The end lies before the size: search between the two. */
	while (from < end) {
		uint64_t at = from + (end - from) / 2;

		if (has_byte(file, at))
			from = at + 1;
		else
			end = at;
	}
	while (!file->st.st_size && n > 0 && from < UNSIZED_MAX) {
		n = pread(file->fd, bytes, sizeof(bytes), (off_t)from);
		from += n > 0 ? (uint64_t)n : 0;
	}
	return from;
}

static uint64_t end_of(const struct file *file)
{
	return file->cut + readable(file);
}

/* Why it is not a file that can be followed; 0: it is one. */
static int wrong_kind(const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	return S_ISFIFO(st->st_mode) ? (int)ORIGIN_NOW_PIPE : (int)ORIGIN_NO_FILE;
}

/* Opens the file, but does not wait, as it would for a FIFO. Returns a descriptor, or an error. */
static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno == ENXIO && !stat(path, st) && S_ISSOCK(st->st_mode)
			       ? (int)ORIGIN_IS_SOCKET
			       : -errno;
	err = fstat(fd, st) ? -errno : wrong_kind(st);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Opens the file to be read from now on. -EAGAIN: there is none yet; else why it cannot be read. */
static int open_next(struct file *file, struct stat *st)
{
	int err;
	int fd;

	file->src.blocked.holds = false;
	*st = (struct stat){ 0 };
	if (stat(file->origin.path, st)) {
		/* It is being made again. */
		if (errno == ENOENT)
			return -EAGAIN;
		return blocked_by(&file->src, -errno, st);
	}
	if (st->st_dev == file->st.st_dev && st->st_ino == file->st.st_ino) {
		blocked_by(&file->src, 0, st);
		return -EAGAIN;
	}
	/* A pipe is not even opened: closing it again may kill the process that writes to it. */
	err = wrong_kind(st);
	if (!err && !st->st_size)
		return -EAGAIN;
	fd = err ? err : open_file(file->origin.path, st);
	return fd < 0 ? blocked_by(&file->src, fd, st) : fd;
}

/*
 * Changes to the file that has taken the name of this one, which was renamed. The
 * writer may use the old one for a while, so it is left only when there is something
 * in the new one. False: nothing has changed.
 */
static bool renew(struct file *file)
{
	struct stat st;
	int fd = open_next(file, &st);

	if (fd < 0)
		return false;
	/* First read what was written to the old one meanwhile. */
	if (!measure(file) && next(file) < end_of(file)) {
		close(fd);
		return true;
	}
	note_end(file);
	close(file->fd);
	file->fd = fd;
	blocked_by(&file->src, 0, &st);
	begin_anew(file);
	keep(file, &st);
	file->facts.life = life_of(file->fd, &st);
	marks_add(&file->marks, file->cut, clock_boot_ns());
	if (file->watch)
		filewatch_set(file->watch, file->fd);
	return true;
}

static ssize_t file_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct file *file = to_file(src);
	bool awaits = false;
	ssize_t n;
	int err;

	*skipped = 0;
	for (;;) {
		err = measure(file);
		if (err)
			return err;
		n = pread(file->fd, buf, len, (off_t)(next(file) - file->cut));
		if (n < 0)
			return errno == EINTR ? -EAGAIN : -errno;
		if (n)
			break;
		/* Read again: bytes may have come before the wait for them began. */
		if (!awaits) {
			await(file);
			awaits = true;
			continue;
		}
		note_end(file);
		if (!renew(file))
			break;
	}
	*skipped = next(file) - file->pos;
	if (!n)
		return -EAGAIN;
	file->pos = next(file) + (uint64_t)n;
	if (!file->more)
		set_timer(file, true);
	return n;
}

static int file_seek(struct source *src, uint64_t pos)
{
	struct file *file = to_file(src);

	if (pos > newest(file) && pos > end_of(file))
		return -EINVAL;
	file->pos = pos;
	set_timer(file, true);
	return 0;
}

static ssize_t file_write(struct source *src, const void *buf, size_t len)
{
	(void)src;
	(void)buf;
	(void)len;
	return -EROFS;
}

static int file_break(struct source *src)
{
	(void)src;
	return -EROFS;
}

static int file_facts(struct source *src, struct source_facts *facts)
{
	struct file *file = to_file(src);
	int err = measure(file);

	*facts = file->facts;
	facts->tx_oldest = file->cut;
	facts->tx_newest = end_of(file);
	return err;
}

/* A later command finds only this file, and does not know of those before it. */
static void file_place(struct source *src, uint64_t pos, struct source_place *place)
{
	struct file *file = to_file(src);

	measure(file);
	place->life = file->facts.life;
	place->pos = pos > file->cut ? pos - file->cut : 0;
	place->size = (uint64_t)file->st.st_size;
	place->changed_ns = changed_ns(&file->st);
	place->sum = filesame_sum(file->fd, place->pos, place->size);
}

/* A file that was changed but has not grown was rewritten, even if with the same bytes. */
static bool file_has_place(struct source *src, const struct source_place *place)
{
	const struct file *file = to_file(src);
	uint64_t size = (uint64_t)file->st.st_size;

	if (!place->size)
		return true;
	if (size < place->size ||
	    (size == place->size && changed_ns(&file->st) != place->changed_ns))
		return false;
	return filesame_sum(file->fd, place->pos, place->size) == place->sum;
}

static int file_reap(struct source *src)
{
	(void)src;
	return -EBUSY;
}

static size_t file_marks(struct source *src, uint64_t pos, struct source_mark *marks, size_t count)
{
	return marks_get(&to_file(src)->marks, pos, marks, count);
}

static int file_join(struct source *src, struct loop *loop)
{
	struct file *file = to_file(src);

	filewatch_free(file->watch);
	file->watch = loop ? filewatch_new(loop, file->fd, on_changed, file) : NULL;
	/* For what was written before the watch began. */
	on_changed(file);
	return loop && !file->watch ? -ENOMEM : 0;
}

static void file_close(struct source *src)
{
	struct file *file = to_file(src);

	filewatch_free(file->watch);
	if (src->fd >= 0)
		close(src->fd);
	if (file->fd >= 0)
		close(file->fd);
	marks_free(&file->marks);
	free(file);
}

static const struct source_ops file_ops = {
	.read = file_read,
	.seek = file_seek,
	.write = file_write,
	.send_break = file_break,
	.facts = file_facts,
	.reap = file_reap,
	.marks = file_marks,
	.join = file_join,
	.place = file_place,
	.has_place = file_has_place,
	.close = file_close,
};

int file_open(const struct origin *origin, struct source **src)
{
	struct file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	file->src.ops = &file_ops;
	file->src.fd = -1;
	file->src.no_input = true;
	file->src.no_break = true;
	file->origin = *origin;
	marks_init(&file->marks, MARKS);
	file->fd = open_file(origin->path, &file->st);
	err = file->fd < 0 ? file->fd : 0;
	if (!err) {
		file->src.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		err = file->src.fd < 0 ? -errno : 0;
	}
	if (err) {
		file_close(&file->src);
		return err;
	}
	set_timer(file, true);
	keep(file, &file->st);
	file->facts.where = origin_key(origin, file->key);
	file->facts.live = true;
	file->facts.state = SOURCE_LIVE;
	file->facts.uid = file->st.st_uid;
	file->facts.attach_ns = clock_boot_ns();
	file->facts.life = life_of(file->fd, &file->st);
	memcpy(file->facts.name, origin->name, sizeof(file->facts.name));
	*src = &file->src;
	return 0;
}
