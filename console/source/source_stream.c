// SPDX-License-Identifier: GPL-2.0-only
#include "source/source_stream.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "source/blocked.h"
#include "source/connect.h"
#include "source/dial.h"
#include "source/history.h"
#include "source/telnet.h"

#define CHUNK 65536

/* How long closing waits for the other side to take what was written, and in which steps. */
#define SETTLE_MS 1000
#define SETTLE_STEP_MS 10

/* After a failure a name is looked up again only after this time, as there may be many names. */
#define LOOK_UP_NS 3000000000

/* How long to wait for the first answer of a telnet server. */
#define ANSWER_SECONDS 1

/* How often to look whether pipes were made again. */
#define LOOK_SECONDS 1

struct stream {
	struct source src;
	struct origin origin;
	struct connection con;
	struct dial *dial;     /* a connection that is being made, or NULL */
	struct telnet *telnet; /* of ORIGIN_TELNET */
	/* An epoll of the descriptor that is read and of @timer; -1: there is no timer. */
	int wait;
	int timer; /* for the first answer of telnet, or to look at the names of pipes */
	struct history *history;
	uint64_t pos;
	bool ended;
	int err;	    /* why it could not be connected to */
	int64_t not_before; /* when a name may be looked up again */
	struct source_facts facts;
	char key[ORIGIN_KEY_SIZE];
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

static bool is_tcp(const struct stream *stream)
{
	return stream->origin.kind == ORIGIN_TCP || stream->origin.kind == ORIGIN_TELNET;
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

/* Sends what telnet has to say. 0: all of it was sent; -EAGAIN: not yet. */
static int flush(struct stream *stream)
{
	const unsigned char *bytes;
	size_t len;
	ssize_t n;

	while (stream->telnet && (len = telnet_waiting(stream->telnet, &bytes))) {
		n = write(stream->con.fd, bytes, len);
		if (n > 0)
			telnet_sent(stream->telnet, (size_t)n);
		else
			return !n || errno == EAGAIN || errno == EINTR ? -EAGAIN : -errno;
	}
	return 0;
}

/* Reads up to @len bytes into the history; the descriptor stays readable for the rest. */
static void pump(struct stream *stream, size_t len)
{
	unsigned char chunk[CHUNK];
	ssize_t n;

	n = read(stream->con.fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk));
	if (n > 0 && stream->telnet) {
		n = (ssize_t)telnet_in(stream->telnet, chunk, (size_t)n, chunk);
		/* Answers that cannot be sent yet are sent with later input. */
		flush(stream);
		history_add(stream->history, chunk, (size_t)n, now_ns());
	} else if (n > 0) {
		history_add(stream->history, chunk, (size_t)n, now_ns());
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		end(stream);
	}
}

static void stop_waiting(struct stream *stream)
{
	if (stream->wait >= 0)
		close(stream->wait);
	if (stream->timer >= 0)
		close(stream->timer);
	stream->wait = -1;
	stream->timer = -1;
}

static int connected(struct stream *stream)
{
	stream->src.fd = stream->wait >= 0 ? stream->wait : stream->con.fd;
	stream->src.room_fd = stream->con.room_fd;
	stream->src.no_input = stream->con.no_input;
	stream->src.connecting = false;
	stream->ended = false;
	stream->facts.live = true;
	stream->facts.state = SOURCE_LIVE;
	stream->facts.pid = stream->con.pid;
	stream->facts.uid = stream->con.uid;
	stream->facts.attach_ns = now_ns();
	stream->facts.life = (uint64_t)stream->facts.attach_ns;
	stream->facts.death_ns = 0;
	return 0;
}

static int wait_for(const struct stream *stream, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(stream->wait, EPOLL_CTL_ADD, fd, &event);
}

/* Makes the source readable with its connection, and when the timer expires. */
static int begin_waiting(struct stream *stream, const struct itimerspec *when)
{
	stream->wait = epoll_create1(EPOLL_CLOEXEC);
	stream->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (stream->wait < 0 || stream->timer < 0 || wait_for(stream, stream->timer) ||
	    wait_for(stream, stream->con.fd))
		return -errno;
	timerfd_settime(stream->timer, 0, when, NULL);
	stream->src.fd = stream->wait;
	return 0;
}

static bool is_time(const struct stream *stream)
{
	uint64_t times;

	return stream->timer >= 0 && read(stream->timer, &times, sizeof(times)) > 0;
}

/* Whether not all of the pipes are made yet. */
static bool is_missing(int err)
{
	return err == -ENOENT || err == ORIGIN_OUT_MISSING || err == ORIGIN_IN_MISSING;
}

/* The errors of pipes that could be opened before: something has changed since. */
static int since_then(int err)
{
	switch (err) {
	case ORIGIN_NO_PIPE:
	case ORIGIN_OUT_NO_PIPE:
		return ORIGIN_PIPE_NO_MORE;
	case ORIGIN_IN_NO_PIPE:
		return ORIGIN_IN_NO_MORE;
	case ORIGIN_IN_DENIED:
		return -EACCES;
	default:
		return err;
	}
}

/*
 * Changes to pipes that were made again, as a file source changes to a file that took its name:
 * the old pipe has no end, as we are a writer of it. But if nobody has read what was written to
 * the old one, that input is lost, and the source ends.
 */
static void follow(struct stream *stream)
{
	const struct stat unknown = { 0 };
	struct connection new;
	bool kept;
	int err;

	if (!connection_is_replaced(&stream->origin, &stream->con)) {
		stream->src.blocked.holds = false;
		return;
	}
	if (stream->con.room_fd && connection_unread(&stream->con, &kept)) {
		end(stream);
		return;
	}
	err = connect_origin(&stream->origin, &new);
	if (err) {
		if (!is_missing(err))
			blocked_by(&stream->src, since_then(err), &unknown);
		else
			stream->src.blocked.holds = false;
		return;
	}
	if (wait_for(stream, new.fd) || connection_exchange(&stream->con, &new)) {
		connect_end(&new);
		end(stream);
		return;
	}
	blocked_by(&stream->src, 0, &unknown);
	connected(stream);
	stream->src.begins = history_newest(stream->history);
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
		pump(stream, len);
	if (has_all(stream) && !stream->ended && is_time(stream))
		follow(stream);
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
	int err = flush(stream);

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

	return stream->ended ? -ENODEV : write_error(flush(stream));
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
		flush(stream);
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

/*
 * Waits until the other side has taken what was written last, and reads meanwhile:
 * closing TCP with bytes unread discards what was written, and a VMM that prints to
 * a closed connection drops what it has not read yet.
 */
static void settle(const struct stream *stream)
{
	struct pollfd ready = { .fd = stream->con.fd, .events = POLLIN };
	char unread[4096];
	int left = 0;
	int n;

	for (int ms = 0; ms < SETTLE_MS; ms += SETTLE_STEP_MS) {
		if (ioctl(ready.fd, SIOCOUTQ, &left) || !left)
			return;
		n = poll(&ready, 1, SETTLE_STEP_MS);
		/* A signal is to end this. */
		if (n < 0 || (n && read(ready.fd, unread, sizeof(unread)) <= 0))
			return;
	}
}

static void disconnect(struct stream *stream)
{
	if (!stream->ended && !stream->src.settled &&
	    (is_tcp(stream) || stream->origin.kind == ORIGIN_UNIX))
		settle(stream);
	connect_end(&stream->con);
	stop_waiting(stream);
	dial_free(stream->dial);
	stream->dial = NULL;
	stream->src.connecting = false;
	stream->src.fd = -1;
	stream->src.room_fd = 0;
}

/*
 * Waits for the server's answer about BINARY: until then a carriage return would be
 * sent with a NUL after it, and a server that takes bytes as they are would pass
 * the NUL to the guest.
 */
static int negotiate(struct stream *stream)
{
	struct itimerspec limit = { .it_value.tv_sec = ANSWER_SECONDS };

	int err = begin_waiting(stream, &limit);

	if (err)
		return err;
	telnet_init(stream->telnet);
	flush(stream);
	stream->src.connecting = true;
	return -EINPROGRESS;
}

/* How many bytes can come before others are lost that nobody could read yet. */
static size_t room(const struct stream *stream)
{
	uint64_t unread = history_newest(stream->history) - stream->pos;

	return unread < STREAM_HISTORY ? (size_t)(STREAM_HISTORY - unread) : 0;
}

/*
 * A server that fills the history before it answers is not waited for: the reader has to make
 * room. One that says why it hangs up counts as connected: its end is read after what it said.
 */
static int negotiate_on(struct stream *stream)
{
	/* pump() sets it at the end of the connection. */
	stream->ended = false;
	if (room(stream))
		pump(stream, room(stream));
	if (stream->ended && history_newest(stream->history) == stream->pos)
		return ORIGIN_CLOSED;
	if (stream->ended) {
		stop_waiting(stream);
		return connected(stream);
	}
	stream->ended = true;
	if (stream->telnet->us[TELNET_BINARY] == TELNET_ASKED && room(stream) && !is_time(stream))
		return -EINPROGRESS;
	stop_waiting(stream);
	return connected(stream);
}

static int dial(struct stream *stream)
{
	char number[ORIGIN_NUMBER_SIZE];
	char host[ORIGIN_HOST_SIZE];
	const char *why;
	int fd;

	if (!stream->dial) {
		if (now_ns() < stream->not_before)
			return stream->err;
		if (!origin_host_port(stream->origin.path, host, number, &why))
			return -EINVAL;
		stream->dial = dial_new(host, number);
		if (!stream->dial)
			return -ENOMEM;
	}
	fd = dial_step(stream->dial);
	if (fd == -EINPROGRESS) {
		stream->src.fd = dial_fd(stream->dial);
		stream->src.connecting = true;
		return fd;
	}
	if (fd < 0 && dial_looks_up(stream->dial))
		stream->not_before = now_ns() + LOOK_UP_NS;
	disconnect(stream);
	if (fd < 0)
		return fd;
	stream->con.fd = fd;
	return stream->telnet ? negotiate(stream) : connected(stream);
}

static int go_on_connecting(struct stream *stream)
{
	int err = stream->wait >= 0 ? negotiate_on(stream) : dial(stream);

	if (err && err != -EINPROGRESS)
		disconnect(stream);
	return err;
}

static int connect_pipes(struct stream *stream)
{
	struct itimerspec look = { .it_value.tv_sec = LOOK_SECONDS,
				   .it_interval.tv_sec = LOOK_SECONDS };
	int err = connect_origin(&stream->origin, &stream->con);

	if (err)
		return err;
	stop_waiting(stream);
	err = begin_waiting(stream, &look);
	if (err)
		connect_end(&stream->con);
	return err;
}

static int connect_any(struct stream *stream)
{
	if (is_tcp(stream))
		return go_on_connecting(stream);
	if (connection_is_pipe(&stream->origin))
		return connect_pipes(stream);
	return connect_origin(&stream->origin, &stream->con);
}

static int stream_connect(struct stream *stream)
{
	int err = connect_any(stream);

	if (err) {
		/* While it is tried again the last error is still the reason. */
		if (err != -EINPROGRESS || !stream->err)
			stream->err = err;
		return err;
	}
	return is_tcp(stream) ? 0 : connected(stream);
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
		disconnect(stream);
	return stream_connect(stream);
}

static void stream_keep(struct source *src, size_t size)
{
	history_keep(to_stream(src)->history, size ? size : STREAM_HISTORY);
}

static void stream_close(struct source *src)
{
	struct stream *stream = to_stream(src);

	disconnect(stream);
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
