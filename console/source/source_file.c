// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Positions are offsets in the file, plus what was cut off it. */
struct file {
	struct source src; /* its descriptor tells changes */
	int fd;
	uint64_t cut;
	uint64_t size;
	uint64_t pos;
	struct source_facts facts;
};

static struct file *to_file(struct source *src)
{
	return (struct file *)((char *)src - offsetof(struct file, src));
}

static int measure(struct file *file)
{
	struct stat st;

	if (fstat(file->fd, &st))
		return -errno;
	if ((uint64_t)st.st_size < file->size)
		file->cut += file->size;
	file->size = (uint64_t)st.st_size;
	return 0;
}

static ssize_t file_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct file *file = to_file(src);
	char events[4096];
	ssize_t n;

	/* First: what is written from here on is told anew. */
	while (read(src->fd, events, sizeof(events)) > 0)
		;
	*skipped = 0;
	n = measure(file);
	if (n)
		return n;
	if (file->pos < file->cut) {
		*skipped = file->cut - file->pos;
		file->pos = file->cut;
	}
	n = pread(file->fd, buf, len, (off_t)(file->pos - file->cut));
	if (n < 0)
		return -errno;
	file->pos += (uint64_t)n;
	return n ? n : -EAGAIN;
}

static int file_seek(struct source *src, uint64_t pos)
{
	struct file *file = to_file(src);

	if (pos > file->cut + file->size)
		return -EINVAL;
	file->pos = pos;
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
	facts->tx_newest = file->cut + file->size;
	return err;
}

static int file_reap(struct source *src)
{
	(void)src;
	return -EBUSY;
}

static void file_close(struct source *src)
{
	struct file *file = to_file(src);

	if (src->fd >= 0)
		close(src->fd);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

static const struct source_ops file_ops = {
	.read = file_read,
	.seek = file_seek,
	.write = file_write,
	.send_break = file_break,
	.facts = file_facts,
	.reap = file_reap,
	.close = file_close,
};

int file_open(const struct origin *origin, struct source **src)
{
	struct file *file = calloc(1, sizeof(*file));
	struct timespec now;
	struct stat st;
	int err = -ENOMEM;

	if (!file)
		return err;
	file->src.ops = &file_ops;
	file->src.fd = -1;
	/* A fifo must not make it wait. */
	file->fd = open(origin->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st))
		goto failed;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto failed;
	}
	file->src.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (file->src.fd < 0 || inotify_add_watch(file->src.fd, origin->path, IN_MODIFY) < 0)
		goto failed;
	clock_gettime(CLOCK_BOOTTIME, &now);
	file->facts.live = true;
	file->facts.state = SOURCE_LIVE;
	file->facts.uid = st.st_uid;
	file->facts.attach_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	file->facts.life = (uint64_t)file->facts.attach_ns;
	file->size = (uint64_t)st.st_size;
	memcpy(file->facts.name, origin->name, sizeof(file->facts.name));
	*src = &file->src;
	return 0;

failed:
	err = -errno;
	file_close(&file->src);
	return err;
}
