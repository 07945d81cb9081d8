// SPDX-License-Identifier: GPL-2.0-only
#include "base/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spool {
	int fd;
	const struct spool_ops *ops;
	void *arg;
	struct loop_event *writer;
	size_t head; /* in buf: what is written next */
	size_t tail;
	char buf[2 * SPOOL_LIMIT];
};

static void on_writable(void *arg)
{
	struct spool *spool = arg;
	ssize_t n;

	n = write(spool->fd, spool->buf + spool->head, spool->tail - spool->head);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_off(spool->writer);
		spool->ops->failed(n ? -errno : -EIO, spool->arg);
		return;
	}
	spool->head += (size_t)n;
	if (spool->head < spool->tail)
		return;
	spool->head = 0;
	spool->tail = 0;
	loop_off(spool->writer);
	spool->ops->drained(spool->arg);
}

struct spool *spool_new(struct loop *loop, int fd, const struct spool_ops *ops, void *arg)
{
	struct spool *spool = malloc(sizeof(*spool));

	if (!spool)
		return NULL;
	spool->fd = fd;
	spool->ops = ops;
	spool->arg = arg;
	spool->head = 0;
	spool->tail = 0;
	spool->writer = loop_writer(loop, fd, LOOP_DATA, on_writable, spool);
	if (!spool->writer) {
		free(spool);
		return NULL;
	}
	return spool;
}

void spool_add(struct spool *spool, const void *bytes, size_t len)
{
	if (!len)
		return;
	if (spool->tail + len > sizeof(spool->buf)) {
		memmove(spool->buf, spool->buf + spool->head, spool->tail - spool->head);
		spool->tail -= spool->head;
		spool->head = 0;
	}
	memcpy(spool->buf + spool->tail, bytes, len);
	spool->tail += len;
	loop_on(spool->writer);
}

bool spool_full(const struct spool *spool)
{
	return spool->tail - spool->head > SPOOL_LIMIT;
}

bool spool_empty(const struct spool *spool)
{
	return spool->head == spool->tail;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	loop_event_free(spool->writer);
	free(spool);
}
