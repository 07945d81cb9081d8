// SPDX-License-Identifier: GPL-2.0-only
#include "source/stream_connect.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/blocked.h"

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
	stream->facts.death_ns = clock_boot_ns();
}

int stream_send_waiting(struct stream *stream)
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

void stream_pump(struct stream *stream, size_t len)
{
	unsigned char chunk[CHUNK];
	ssize_t n;

	n = read(stream->con.fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk));
	if (n > 0 && stream->telnet) {
		n = (ssize_t)telnet_in(stream->telnet, chunk, (size_t)n, chunk);
		/* Answers that cannot be sent yet are sent with later input. */
		stream_send_waiting(stream);
		history_add(stream->history, chunk, (size_t)n, clock_boot_ns());
	} else if (n > 0) {
		history_add(stream->history, chunk, (size_t)n, clock_boot_ns());
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
	stream->facts.attach_ns = clock_boot_ns();
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

bool stream_is_time(const struct stream *stream)
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

void stream_follow(struct stream *stream)
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

void stream_disconnect(struct stream *stream)
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
	stream_send_waiting(stream);
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
	/* stream_pump() sets it at the end of the connection. */
	stream->ended = false;
	if (room(stream))
		stream_pump(stream, room(stream));
	if (stream->ended && history_newest(stream->history) == stream->pos)
		return ORIGIN_CLOSED;
	if (stream->ended) {
		stop_waiting(stream);
		return connected(stream);
	}
	stream->ended = true;
	if (stream->telnet->us[TELNET_BINARY] == TELNET_ASKED && room(stream) &&
	    !stream_is_time(stream))
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
		if (clock_boot_ns() < stream->not_before)
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
		stream->not_before = clock_boot_ns() + LOOK_UP_NS;
	stream_disconnect(stream);
	if (fd < 0)
		return fd;
	stream->con.fd = fd;
	return stream->telnet ? negotiate(stream) : connected(stream);
}

static int go_on_connecting(struct stream *stream)
{
	int err = stream->wait >= 0 ? negotiate_on(stream) : dial(stream);

	if (err && err != -EINPROGRESS)
		stream_disconnect(stream);
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

int stream_connect(struct stream *stream)
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
