// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/stream_connect.h"

static struct stream *to_stream(struct source *src)
{
	return (struct stream *)((char *)src - offsetof(struct stream, src));
}

/* Whether there is nothing more to copy from the history. Without memory it may keep nothing. */
static bool has_all(const struct stream *stream)
{
	uint64_t newest = history_newest(stream->history);

	return stream->pos == newest || history_oldest(stream->history) == newest;
}

/* A pipe that no writer has opened yet reads as ended, while poll(2) says that it has nothing. */
static bool may_have(const struct stream *stream)
{
	struct pollfd ready = { .fd = stream->con.fd, .events = POLLIN };

	return stream->timer < 0 || poll(&ready, 1, 0) > 0;
}

static ssize_t stream_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct stream *stream = to_stream(src);
	size_t n;

	if (has_all(stream) && !stream->ended && may_have(stream))
		stream_pump(stream, len);
	if (has_all(stream) && !stream->ended && stream_is_time(stream))
		stream_follow(stream);
	n = history_copy(stream->history, &stream->pos, buf, len, skipped);
	if (n)
		return (ssize_t)n;
	if (!stream->ended)
		return -EAGAIN;
	/* No read returns bytes any more, so the end reports what was lost, and only once. */
	stream->pos += *skipped;
	return 0;
}

static int stream_seek(struct source *src, uint64_t pos)
{
	struct stream *stream = to_stream(src);

	if (pos > history_newest(stream->history))
		return -EINVAL;
	stream->pos = pos;
	return 0;
}

/* The error of a source for an errno of writing. */
static int write_error(int err)
{
	if (err == -EINTR)
		return -EAGAIN;
	return err == -EPIPE || err == -ECONNRESET || err == -EIO ? -ENODEV : err;
}

static ssize_t write_telnet(struct stream *stream, const void *buf, size_t len)
{
	size_t n = telnet_out(stream->telnet, buf, len);
	int err = stream_send_waiting(stream);

	if (err && err != -EAGAIN)
		return write_error(err);
	return n ? (ssize_t)n : -EAGAIN;
}

static ssize_t stream_write(struct source *src, const void *buf, size_t len)
{
	struct stream *stream = to_stream(src);
	ssize_t n;

	if (stream->ended)
		return -ENODEV;
	if (src->no_input)
		return -EROFS;
	n = stream->telnet ? write_telnet(stream, buf, len) : write(source_room_fd(src), buf, len);
	if (n > 0)
		stream->facts.rx_bytes += (uint64_t)n;
	if (n > 0 || stream->telnet)
		return n;
	return n ? write_error(-errno) : -EAGAIN;
}

static int stream_flush(struct source *src)
{
	struct stream *stream = to_stream(src);

	return stream->ended ? -ENODEV : write_error(stream_send_waiting(stream));
}

static int stream_unread(struct source *src, bool *kept)
{
	struct stream *stream = to_stream(src);

	return stream->ended ? -ENODEV : connection_unread(&stream->con, kept);
}

/* Neither a socket nor a pseudo terminal carries one; telnet does. */
static int stream_break(struct source *src)
{
	struct stream *stream = to_stream(src);

	if (!stream->telnet)
		return -EOPNOTSUPP;
	if (stream->ended)
		return -ENODEV;
	if (!telnet_break(stream->telnet)) {
		stream_send_waiting(stream);
		return -EAGAIN;
	}
	stream->facts.rx_breaks++;
	return 0;
}

static int stream_facts(struct source *src, struct source_facts *facts)
{
	struct stream *stream = to_stream(src);

	*facts = stream->facts;
	facts->tx_newest = history_newest(stream->history);
	facts->tx_oldest = history_oldest(stream->history);
	/* Without a life it was never connected. */
	return stream->facts.life ? 0 : stream->err;
}

static int stream_reap(struct source *src)
{
	return to_stream(src)->ended ? 0 : -EBUSY;
}

static size_t stream_marks(struct source *src, uint64_t pos, struct source_mark *marks,
			   size_t count)
{
	return history_marks(to_stream(src)->history, pos, marks, count);
}

/* A pseudo terminal that is gone cannot return: its number may be another program's by now. */
static bool may_return(const struct stream *stream)
{
	return stream->origin.kind != ORIGIN_PTY || strncmp(stream->origin.path, "/dev/pts/", 9);
}

/* A pipe that nobody has open loses its bytes, so the old one is closed after opening the new. */
static int pipe_again(struct stream *stream)
{
	struct connection old = stream->con;
	int err = stream_connect(stream);

	if (err)
		stream->con = old;
	else
		connect_end(&old);
	return err;
}

static int stream_again(struct source *src)
{
	struct stream *stream = to_stream(src);

	if (!stream->ended)
		return 0;
	if (!may_return(stream))
		return -ENODEV;
	if (connection_is_pipe(&stream->origin))
		return pipe_again(stream);
	if (!stream->src.connecting)
		stream_disconnect(stream);
	return stream_connect(stream);
}

static void stream_keep(struct source *src, size_t size)
{
	history_keep(to_stream(src)->history, size ? size : STREAM_HISTORY);
}

static void stream_close(struct source *src)
{
	struct stream *stream = to_stream(src);

	stream_disconnect(stream);
	free(stream->telnet);
	history_free(stream->history);
	free(stream);
}

static const struct source_ops stream_ops = {
	.read = stream_read,
	.seek = stream_seek,
	.write = stream_write,
	.send_break = stream_break,
	.facts = stream_facts,
	.reap = stream_reap,
	.marks = stream_marks,
	.again = stream_again,
	.flush = stream_flush,
	.unread = stream_unread,
	.keep = stream_keep,
	.close = stream_close,
};

int stream_open(const struct origin *origin, struct source **src)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	bool telnet = origin->kind == ORIGIN_TELNET;
	int err = -ENOMEM;

	if (!stream)
		return -ENOMEM;
	stream->src.ops = &stream_ops;
	stream->src.fd = -1;
	stream->src.no_break = !telnet;
	stream->src.no_past = true;
	stream->con.fd = -1;
	stream->wait = -1;
	stream->timer = -1;
	stream->ended = true;
	stream->origin = *origin;
	stream->facts.where = origin_key(origin, stream->key);
	stream->facts.ring_size = STREAM_HISTORY;
	memcpy(stream->facts.name, origin->name, sizeof(stream->facts.name));
	stream->history = history_new(STREAM_HISTORY);
	if (telnet)
		stream->telnet = malloc(sizeof(*stream->telnet));
	if (stream->history && (!telnet || stream->telnet))
		err = stream_connect(stream);
	if (err && err != -EINPROGRESS) {
		stream_close(&stream->src);
		return err;
	}
	*src = &stream->src;
	return 0;
}
