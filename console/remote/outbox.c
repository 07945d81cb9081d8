// SPDX-License-Identifier: GPL-2.0-only
#include "remote/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A larger buffer is freed when it is empty. */
#define KEEP 65536

struct outbox {
	int fd;
	const struct outbox_ops *ops;
	void *arg;
	struct loop_event *writer;
	bool failed;
	bool no_memory; /* reported from the loop, not to the caller that adds */
	unsigned char *buf;
	size_t size;
	size_t head; /* of buf: what is written next */
	size_t tail;
};

static void fail(struct outbox *box, int err)
{
	if (box->failed)
		return;
	box->failed = true;
	loop_off(box->writer);
	box->ops->failed(err, box->arg);
}

static void on_writable(void *arg)
{
	struct outbox *box = arg;
	bool was_full = outbox_full(box);
	ssize_t n;

	if (box->no_memory) {
		fail(box, -ENOMEM);
		return;
	}
	n = write(box->fd, box->buf + box->head, box->tail - box->head);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(box, n ? -errno : -EIO);
		return;
	}
	box->head += (size_t)n;
	if (box->head == box->tail) {
		box->head = 0;
		box->tail = 0;
		loop_off(box->writer);
		if (box->size > KEEP) {
			free(box->buf);
			box->buf = NULL;
			box->size = 0;
		}
	}
	if (was_full && !outbox_full(box))
		box->ops->drained(box->arg);
}

static bool make_room(struct outbox *box, size_t len)
{
	size_t queued = box->tail - box->head;
	size_t size = box->size ? box->size : 4096;
	unsigned char *buf;

	if (box->size - box->tail >= len)
		return true;
	if (box->head) {
		memmove(box->buf, box->buf + box->head, queued);
		box->head = 0;
		box->tail = queued;
	}
	while (size < queued + len)
		size *= 2;
	if (size == box->size)
		return true;
	buf = realloc(box->buf, size);
	if (!buf)
		return false;
	box->buf = buf;
	box->size = size;
	return true;
}

static void put(struct outbox *box, const void *bytes, size_t len)
{
	if (len)
		memcpy(box->buf + box->tail, bytes, len);
	box->tail += len;
}

void outbox_frame(struct outbox *box, enum frame_type type, uint32_t channel, const void *first,
		  size_t first_len, const void *second, size_t second_len)
{
	unsigned char head[FRAME_HEAD];

	if (box->failed || box->no_memory)
		return;
	frame_head(head, type, channel, first_len + second_len);
	if (!make_room(box, sizeof(head) + first_len + second_len)) {
		box->no_memory = true;
		loop_on(box->writer);
		return;
	}
	put(box, head, sizeof(head));
	put(box, first, first_len);
	put(box, second, second_len);
	loop_on(box->writer);
}

struct outbox *outbox_new(struct loop *loop, int fd, const struct outbox_ops *ops, void *arg)
{
	struct outbox *box = calloc(1, sizeof(*box));

	if (!box)
		return NULL;
	box->fd = fd;
	box->ops = ops;
	box->arg = arg;
	if (!outbox_move(box, loop) || !make_room(box, FRAME_GREETING_SIZE)) {
		outbox_free(box);
		return NULL;
	}
	put(box, FRAME_GREETING, FRAME_GREETING_SIZE);
	loop_on(box->writer);
	return box;
}

bool outbox_move(struct outbox *box, struct loop *loop)
{
	loop_event_free(box->writer);
	box->writer = loop_writer(loop, box->fd, LOOP_KEYS, on_writable, box);
	if (!box->writer)
		return false;
	if (box->head != box->tail && !box->failed)
		loop_on(box->writer);
	return true;
}

bool outbox_full(const struct outbox *box)
{
	return box->tail - box->head > OUTBOX_FULL;
}

void outbox_free(struct outbox *box)
{
	if (!box)
		return;
	loop_event_free(box->writer);
	free(box->buf);
	free(box);
}
