// SPDX-License-Identifier: GPL-2.0-only
#include "base/msg_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/msg.h"

/* Bytes that may wait. */
#define WAITING 65536

/* Once stderr has taken nothing for this long, no message waits for it any more. */
#define HURRY_MS 1000

static struct {
	bool quick; /* messages do not block, or not for long */
	bool never; /* nor wait in memory: the program reports how many it missed */
	bool gave_up;
	int fd;	     /* an open file description of our own, or STDERR_FILENO */
	bool socket; /* MSG_DONTWAIT can be given with each message */
	bool terminal;
	unsigned long untold;
	void (*missed)(void *arg);
	void *arg;
	void (*waits)(void *arg);
	void *waits_arg;
	size_t head; /* in waiting: what is written next */
	size_t tail;
	char waiting[WAITING + MSG_OUT_MAX];
} out = { .fd = STDERR_FILENO };

/* Opens stderr again if possible, to have a file description whose O_NONBLOCK is ours alone. */
static int open_again(mode_t mode)
{
	char path[32];

	if (!S_ISFIFO(mode) && !S_ISCHR(mode))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", STDERR_FILENO);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void msg_out_hurry(void)
{
	struct stat st;
	int fd;

	if (out.quick || fstat(STDERR_FILENO, &st))
		return;
	fd = open_again(st.st_mode);
	out.quick = true;
	out.fd = fd < 0 ? STDERR_FILENO : fd;
	out.socket = S_ISSOCK(st.st_mode);
	out.terminal = S_ISCHR(st.st_mode);
}

/* Does not change the flags of a file description that others write to as well. */
static ssize_t write_now(const char *text, size_t len)
{
	struct pollfd ready = { .fd = out.fd, .events = POLLOUT };

	if (out.socket)
		return send(out.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (out.fd != STDERR_FILENO)
		return write(out.fd, text, len);
	/*
	 * After POLLOUT a pipe takes a page, unless another process has written to it since; a
	 * terminal takes a byte.
	 */
	if (poll(&ready, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	if (out.terminal)
		len = 1;
	return write(out.fd, text, len < MSG_OUT_MAX ? len : MSG_OUT_MAX);
}

bool msg_out_push(void)
{
	while (out.head < out.tail) {
		ssize_t n = write_now(out.waiting + out.head, out.tail - out.head);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		/* If the reader is gone, nobody misses the rest. */
		out.head = n > 0 ? out.head + (size_t)n : out.tail;
	}
	out.head = 0;
	out.tail = 0;
	if (out.untold && !out.never)
		return !msg_tell_missed();
	return true;
}

/* False: there is no room. */
static bool queue(const char *text, size_t len)
{
	if (out.tail - out.head + len > (out.never && out.tail ? 0 : WAITING))
		return false;
	if (out.tail + len > sizeof(out.waiting)) {
		memmove(out.waiting, out.waiting + out.head, out.tail - out.head);
		out.tail -= out.head;
		out.head = 0;
	}
	memcpy(out.waiting + out.tail, text, len);
	out.tail += len;
	return true;
}

/* False: the message would have to wait, and nothing of it was written. */
static bool try_now(const char *text, size_t len)
{
	if (!msg_out_push() || !queue(text, len))
		return false;
	if (msg_out_push() || out.head)
		return true;
	out.tail = 0;
	return false;
}

unsigned long msg_untold(void)
{
	return out.untold;
}

unsigned long msg_tell_missed(void)
{
	unsigned long missed = out.untold;
	char text[160];
	int len;

	if (!missed)
		return 0;
	len = snprintf(
		text, sizeof(text),
		"kpl011: %lu messages are missing here, because nobody read those before them\n",
		missed);
	out.untold = 0;
	if (!try_now(text, (size_t)len))
		out.untold = missed;
	return out.untold;
}

static void miss(void)
{
	if (!out.untold++ && out.missed)
		out.missed(out.arg);
}

void msg_never_wait(void (*missed)(void *arg), void *arg)
{
	out.missed = missed;
	out.arg = arg;
	msg_out_hurry();
	out.never = true;
}

/* Writes what waits, as long as stderr takes some of it every HURRY_MS. */
static void push_soon(void)
{
	struct pollfd room = { .fd = out.fd, .events = POLLOUT };

	while (!msg_out_push()) {
		int n = out.gave_up ? 0 : poll(&room, 1, HURRY_MS);

		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		out.gave_up = true;
		return;
	}
}

void msg_out_loop(void (*waits)(void *arg), void *arg)
{
	out.waits = waits;
	out.waits_arg = arg;
	if (waits && out.tail)
		waits(arg);
	/* The turn that ended the loop may have left messages. */
	if (!waits && out.quick && !out.never)
		push_soon();
}

int msg_out_fd(void)
{
	return out.fd;
}

static void put_quickly(const char *text, size_t len)
{
	if (out.never) {
		if (msg_tell_missed() || !try_now(text, len))
			miss();
		return;
	}
	if (!queue(text, len)) {
		miss();
		return;
	}
	if (!out.waits)
		push_soon();
	else if (!msg_out_push())
		out.waits(out.waits_arg);
}

void msg_out(const char *text, size_t len)
{
	if (out.quick) {
		put_quickly(text, len);
		return;
	}
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}
