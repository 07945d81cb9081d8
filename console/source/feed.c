// SPDX-License-Identifier: GPL-2.0-only
#include "source/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The queue is tried without an event after this long, doubled each time up to the maximum. */
#define AGAIN_FIRST_MS 1000
#define AGAIN_MAX_MS 16000

/* An empty queue frees a buffer that is larger than this. */
#define KEEP 65536

struct feed {
	struct source *src;
	const struct feed_ops *ops;
	void *arg;
	struct loop_event *writer;
	struct loop_event *again;
	bool again_set;
	uint64_t again_ms;
	int err; /* with which the source failed; 0: it has not */
	size_t limit;
	unsigned char *buf;
	size_t size;
	size_t head; /* of buf */
	size_t tail;
	uint64_t count; /* bytes that the source has taken since the start */
	bool unsure;	/* some of what was taken may not have arrived */
	/* Where the queued breaks go, in bytes since the start. */
	uint64_t breaks[FEED_BREAKS];
	size_t nbreaks;
};

/*
 * Writes the bytes up to the next break, or the break. Returns 1: something was written,
 * 0: the source takes nothing now, or a negative errno.
 */
static int one(struct feed *feed)
{
	size_t len = feed->tail - feed->head;
	ssize_t n;

	if (feed->nbreaks) {
		uint64_t before = feed->breaks[0] - feed->count;

		if (!before) {
			n = source_break(feed->src);
			if (n)
				return n == -EAGAIN ? 0 : (int)n;
			feed->nbreaks--;
			memmove(feed->breaks, feed->breaks + 1,
				feed->nbreaks * sizeof(feed->breaks[0]));
			return 1;
		}
		if (before < len)
			len = (size_t)before;
	}
	n = source_write(feed->src, feed->buf + feed->head, len);
	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	feed->head += (size_t)n;
	feed->count += (uint64_t)n;
	return 1;
}

/*
 * poll() does not wake up for a full socket whose other end was shut down for reading only:
 * another write is what finds out.
 */
static void try_again(struct feed *feed)
{
	if (!feed->again_set)
		loop_timer_set(feed->again, feed->again_ms);
	feed->again_set = true;
}

static void on_writable(void *arg)
{
	struct feed *feed = arg;
	bool moved = false;
	int err = 1;

	while ((feed->nbreaks || feed->head != feed->tail) && (err = one(feed)) > 0) {
		moved = true;
		feed->again_ms = AGAIN_FIRST_MS;
		feed->unsure = true;
	}
	if (err > 0 && feed->unsure) {
		err = source_flush(feed->src);
		if (!err)
			feed->unsure = false;
		moved |= !err;
		err = err == -EAGAIN ? 0 : err;
	}
	if (feed->head == feed->tail) {
		feed->head = 0;
		feed->tail = 0;
		if (feed->size > KEEP) {
			free(feed->buf);
			feed->buf = NULL;
			feed->size = 0;
		}
	}
	if (feed_empty(feed))
		loop_off(feed->writer);
	if (err < 0) {
		feed->err = err;
		loop_off(feed->writer);
		feed->ops->failed(err, feed->arg);
	} else if (moved) {
		feed->ops->taken(feed->arg);
	}
}

/* on_writable() comes last: its callbacks may free the feed. */
static void on_again(void *arg)
{
	struct feed *feed = arg;

	feed->again_set = false;
	if (feed->err || feed_empty(feed))
		return;
	if (feed->again_ms < AGAIN_MAX_MS)
		feed->again_ms *= 2;
	try_again(feed);
	on_writable(feed);
}

struct feed *feed_new(struct loop *loop, struct source *src, size_t limit,
		      const struct feed_ops *ops, void *arg)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->src = src;
	feed->limit = limit;
	feed->ops = ops;
	feed->arg = arg;
	feed->again_ms = AGAIN_FIRST_MS;
	feed->writer = loop_writer(loop, source_room_fd(src), LOOP_KEYS, on_writable, feed);
	feed->again = loop_timer(loop, on_again, feed);
	if (!feed->writer || !feed->again) {
		feed_free(feed);
		return NULL;
	}
	return feed;
}

size_t feed_queued(const struct feed *feed)
{
	return feed->tail - feed->head;
}

uint64_t feed_taken(const struct feed *feed)
{
	return feed->count;
}

size_t feed_breaks(const struct feed *feed)
{
	return feed->nbreaks;
}

bool feed_empty(const struct feed *feed)
{
	return !feed->nbreaks && feed->head == feed->tail && !feed->unsure;
}

static bool make_room(struct feed *feed, size_t len)
{
	size_t queued = feed_queued(feed);
	size_t size = feed->size ? feed->size : 4096;
	unsigned char *buf;

	if (feed->size - feed->tail >= len)
		return true;
	while (size < queued + len)
		size *= 2;
	if (size != feed->size) {
		buf = malloc(size);
		if (!buf)
			return false;
		if (queued)
			memcpy(buf, feed->buf + feed->head, queued);
		free(feed->buf);
		feed->buf = buf;
		feed->size = size;
	} else {
		memmove(feed->buf, feed->buf + feed->head, queued);
	}
	feed->head = 0;
	feed->tail = queued;
	return true;
}

int feed_bytes(struct feed *feed, const void *bytes, size_t len)
{
	if (!len)
		return 0;
	if (feed->err)
		return feed->err;
	if (len > feed->limit - feed_queued(feed))
		return -ENOBUFS;
	if (!make_room(feed, len))
		return -ENOMEM;
	memcpy(feed->buf + feed->tail, bytes, len);
	feed->tail += len;
	loop_on(feed->writer);
	try_again(feed);
	return 0;
}

int feed_break(struct feed *feed)
{
	if (feed->err)
		return feed->err;
	if (feed->nbreaks == FEED_BREAKS)
		return -ENOBUFS;
	feed->breaks[feed->nbreaks++] = feed->count + feed_queued(feed);
	loop_on(feed->writer);
	try_again(feed);
	return 0;
}

void feed_flush(struct feed *feed)
{
	if (!feed->err && !feed_empty(feed))
		on_writable(feed);
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	loop_event_free(feed->writer);
	loop_event_free(feed->again);
	free(feed->buf);
	free(feed);
}
