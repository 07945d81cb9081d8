// SPDX-License-Identifier: GPL-2.0-only
#include "source/drain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES 4096

struct drain {
	struct source *src;
	uint64_t pos;
	uint64_t until;
	int fd;
	const struct drain_ops *ops;
	void *arg;
	struct loop_event *reader;
	struct loop_event *writer;
	bool begun;
	bool ended;
	bool reading; /* a chunk is on its way into out */
	bool more;    /* the source may have bytes for which its descriptor does not wake us */
	size_t head;  /* of out: what is written next */
	size_t tail;
	unsigned char in[DRAIN_CHUNK];
	unsigned char out[NOTES + DRAIN_FILTER_ROOM];
};

static void end(struct drain *drain, enum drain_end how, int err)
{
	if (drain->ended)
		return;
	drain->ended = true;
	loop_off(drain->reader);
	loop_off(drain->writer);
	drain->ops->end(how, err, drain->arg);
}

/* Writes what it can; unless that ended it, the reader or the writer is on afterwards. */
static void flush(struct drain *drain)
{
	while (drain->head < drain->tail) {
		ssize_t n = write(drain->fd, drain->out + drain->head, drain->tail - drain->head);

		if (n > 0) {
			drain->head += (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			loop_off(drain->reader);
			loop_on(drain->writer);
			return;
		} else {
			end(drain, DRAIN_OUTPUT_FAILED, n ? -errno : -EIO);
			return;
		}
	}
	drain->head = 0;
	drain->tail = 0;
	if (drain->pos >= drain->until) {
		end(drain, DRAIN_DONE, 0);
		return;
	}
	if (drain->more) {
		loop_on(drain->writer);
		return;
	}
	loop_off(drain->writer);
	loop_on(drain->reader);
}

static void tell_blocked(struct drain *drain)
{
	int err;

	if (drain->ops->blocked && source_blocked_news(drain->src, &err))
		drain->ops->blocked(err, drain->arg);
}

static void on_readable(void *arg)
{
	struct drain *drain = arg;
	size_t len = sizeof(drain->in);
	uint64_t skipped = 0;
	uint64_t pos;
	ssize_t n;

	if (drain->until - drain->pos < len)
		len = (size_t)(drain->until - drain->pos);
	n = source_read(drain->src, drain->in, len, &skipped);
	/* All bytes up to @until are lost, and no other may ever come. */
	if (n == -EAGAIN && skipped && skipped >= drain->until - drain->pos)
		n = 0;
	drain->more = n == (ssize_t)len && drain->src->no_past;
	if (n == -EAGAIN) {
		tell_blocked(drain);
		flush(drain);
		return;
	}
	if (n < 0) {
		end(drain, DRAIN_SOURCE_FAILED, (int)n);
		return;
	}
	pos = drain->pos + skipped;
	/* The limit may be among the bytes that are no longer kept. */
	if (pos >= drain->until) {
		skipped = drain->until - drain->pos;
		pos = drain->until;
		n = 0;
	} else if ((uint64_t)n > drain->until - pos) {
		n = (ssize_t)(drain->until - pos);
	}
	drain->pos = pos + (uint64_t)n;
	drain->reading = true;
	tell_blocked(drain);
	if (skipped)
		drain->ops->skipped(skipped, drain->arg);
	if (!n && drain->pos < drain->until) {
		/* End after writing a note that the callback may have added. */
		drain->until = drain->pos;
	} else if (drain->ops->filter) {
		drain->tail += drain->ops->filter(pos, drain->in, (size_t)n,
						  drain->out + drain->tail, drain->arg);
	} else {
		memcpy(drain->out + drain->tail, drain->in, (size_t)n);
		drain->tail += (size_t)n;
	}
	drain->reading = false;
	flush(drain);
}

static void on_writable(void *arg)
{
	struct drain *drain = arg;
	bool more = drain->more || (!drain->begun && drain->src->no_past);

	drain->begun = true;
	flush(drain);
	/* The descriptor does not wake us for what the source has read, as when connecting. */
	if (more && !drain->ended && drain->head == drain->tail)
		on_readable(drain);
}

struct drain *drain_new(struct loop *loop, struct source *src, uint64_t from, uint64_t until,
			int fd, const struct drain_ops *ops, void *arg)
{
	struct drain *drain = malloc(sizeof(*drain));

	if (!drain)
		return NULL;
	drain->src = src;
	drain->pos = from;
	drain->until = until;
	drain->fd = fd;
	drain->ops = ops;
	drain->arg = arg;
	drain->begun = false;
	drain->ended = false;
	drain->reading = false;
	drain->more = false;
	drain->head = 0;
	drain->tail = 0;
	drain->reader = loop_reader(loop, src->fd, LOOP_DATA, on_readable, drain);
	drain->writer = loop_writer(loop, fd, LOOP_DATA, on_writable, drain);
	if (!drain->reader || !drain->writer) {
		drain_free(drain);
		return NULL;
	}
	/* Nothing to write yet: the first turn reads, or ends at the limit. */
	loop_on(drain->writer);
	return drain;
}

bool drain_note(struct drain *drain, const char *text)
{
	size_t len = strlen(text);

	/* Leaves room for the chunk that may follow it. */
	if (drain->ended || drain->tail + len > sizeof(drain->out) ||
	    (!drain->head && !drain->tail && len > NOTES))
		return false;
	memcpy(drain->out + drain->tail, text, len);
	drain->tail += len;
	/* At once, as the loop would handle keys first, for as long as they keep coming. */
	if (!drain->reading)
		flush(drain);
	return true;
}

bool drain_is_behind(const struct drain *drain)
{
	return drain->head != drain->tail || drain->more;
}

void drain_free(struct drain *drain)
{
	if (!drain)
		return;
	loop_event_free(drain->reader);
	loop_event_free(drain->writer);
	free(drain);
}
