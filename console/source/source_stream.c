// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "source/history.h"

#define CHUNK 65536

struct stream {
	struct source src;
	struct origin origin;
	struct history *history;
	uint64_t pos;
	bool ended;
	struct source_facts facts;
	char key[ORIGIN_KEY_SIZE];
	struct termios before; /* of a terminal */
};

static struct stream *to_stream(struct source *src)
{
	return (struct stream *)((char *)src - offsetof(struct stream, src));
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void end(struct stream *stream)
{
	if (stream->ended)
		return;
	stream->ended = true;
	stream->facts.live = false;
	stream->facts.state = SOURCE_DEAD;
	stream->facts.death_ns = now_ns();
}

/* Into the history, what is there now and is asked for: the rest wakes up again. */
static void pump(struct stream *stream, size_t len)
{
	unsigned char chunk[CHUNK];
	ssize_t n;

	if (stream->ended)
		return;
	n = read(stream->src.fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk));
	if (n > 0)
		history_add(stream->history, chunk, (size_t)n, now_ns());
	else if (!n || (errno != EAGAIN && errno != EINTR))
		end(stream);
}

static ssize_t stream_read(struct source *src, void *buf, size_t len, uint64_t *skipped)
{
	struct stream *stream = to_stream(src);
	size_t n;

	if (stream->pos == history_newest(stream->history))
		pump(stream, len);
	n = history_copy(stream->history, &stream->pos, buf, len, skipped);
	if (n)
		return (ssize_t)n;
	return stream->ended ? 0 : -EAGAIN;
}

static int stream_seek(struct source *src, uint64_t pos)
{
	struct stream *stream = to_stream(src);

	if (pos > history_newest(stream->history))
		return -EINVAL;
	stream->pos = pos;
	return 0;
}

static ssize_t stream_write(struct source *src, const void *buf, size_t len)
{
	struct stream *stream = to_stream(src);
	ssize_t n;

	if (stream->ended)
		return -ENODEV;
	n = write(src->fd, buf, len);
	if (n > 0) {
		stream->facts.rx_bytes += (uint64_t)n;
		return n;
	}
	if (!n || errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	return errno == EPIPE || errno == ECONNRESET || errno == EIO ? -ENODEV : -errno;
}

/* Neither a socket nor a pseudo terminal carries one. */
static int stream_break(struct source *src)
{
	(void)src;
	return -EOPNOTSUPP;
}

static int stream_facts(struct source *src, struct source_facts *facts)
{
	struct stream *stream = to_stream(src);

	*facts = stream->facts;
	facts->tx_newest = history_newest(stream->history);
	facts->tx_oldest = history_oldest(stream->history);
	return 0;
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

static void disconnect(struct stream *stream)
{
	if (stream->src.fd < 0)
		return;
	if (stream->origin.kind == ORIGIN_PTY)
		tcsetattr(stream->src.fd, TCSANOW, &stream->before);
	close(stream->src.fd);
	stream->src.fd = -1;
}

static int connect_unix(struct stream *stream)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int err;
	int fd;

	memcpy(address.sun_path, stream->origin.path, sizeof(address.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = -errno;
		close(fd);
		return err;
	}
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		stream->facts.pid = peer.pid;
		stream->facts.uid = peer.uid;
	}
	return fd;
}

static int open_pty(struct stream *stream)
{
	struct termios raw;
	struct stat st;
	int fd;

	fd = open(stream->origin.path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (tcgetattr(fd, &stream->before)) {
		int err = -errno;

		close(fd);
		return err;
	}
	raw = stream->before;
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	if (!fstat(fd, &st))
		stream->facts.uid = st.st_uid;
	return fd;
}

static int stream_connect(struct stream *stream)
{
	int fd = stream->origin.kind == ORIGIN_PTY ? open_pty(stream) : connect_unix(stream);

	if (fd < 0)
		return fd;
	stream->src.fd = fd;
	stream->ended = false;
	stream->facts.live = true;
	stream->facts.state = SOURCE_LIVE;
	stream->facts.attach_ns = now_ns();
	stream->facts.life = (uint64_t)stream->facts.attach_ns;
	stream->facts.death_ns = 0;
	return 0;
}

static int stream_again(struct source *src)
{
	struct stream *stream = to_stream(src);

	if (!stream->ended)
		return 0;
	disconnect(stream);
	return stream_connect(stream);
}

static void stream_close(struct source *src)
{
	struct stream *stream = to_stream(src);

	disconnect(stream);
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
	.close = stream_close,
};

int stream_open(const struct origin *origin, struct source **src)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int err;

	if (!stream)
		return -ENOMEM;
	stream->src.ops = &stream_ops;
	stream->src.fd = -1;
	stream->src.no_break = true;
	stream->src.no_past = true;
	stream->origin = *origin;
	stream->facts.where = origin_key(origin, stream->key);
	stream->facts.ring_size = STREAM_HISTORY;
	memcpy(stream->facts.name, origin->name, sizeof(stream->facts.name));
	stream->history = history_new(STREAM_HISTORY);
	err = stream->history ? stream_connect(stream) : -ENOMEM;
	if (err) {
		stream_close(&stream->src);
		return err;
	}
	*src = &stream->src;
	return 0;
}
