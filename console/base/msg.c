// SPDX-License-Identifier: GPL-2.0-only
#include "base/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

#define LINE_MAX_BYTES 2048

/* Where messages go that are not waited for. */
static struct {
	bool on;
	int fd;	     /* a description of this program's own, or STDERR_FILENO */
	bool socket; /* which can be told for each message that it is not to wait */
	bool half;   /* of a line was taken */
	unsigned long untold;
	void (*missed)(void *arg);
	void *arg;
} quick = { .fd = STDERR_FILENO };

/* A terminal that takes nothing for so long is not waited for, when in a hurry. */
#define HURRY_MS 1000

void msg_clean(char *dst, size_t size, const char *src)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (; *src; src++) {
		unsigned char c = (unsigned char)*src;

		if (c >= 0x20 && c < 0x7f) {
			if (at + 1 >= size)
				break;
			dst[at++] = (char)c;
		} else {
			if (at + 4 >= size)
				break;
			dst[at++] = '\\';
			dst[at++] = 'x';
			dst[at++] = hex[c >> 4];
			dst[at++] = hex[c & 15];
		}
	}
	dst[at] = '\0';
}

void msg_clean_utf8(char *dst, size_t size, const char *src)
{
	while (*src) {
		int len = utf8_check((const unsigned char *)src, strlen(src));
		char piece[UTF8_MAX + 1] = { *src };
		uint32_t ch;
		size_t used;

		if (len > 1) {
			memcpy(piece, src, (size_t)len);
			utf8_get(piece, &ch);
		}
		if (len > 1 && ch >= 0xa0 && !utf8_turns(ch)) {
			if ((size_t)len >= size)
				break;
			memcpy(dst, piece, (size_t)len + 1);
			used = (size_t)len;
		} else {
			len = len > 1 ? len : 1;
			msg_clean(dst, size, piece);
			used = strlen(dst);
			if (!used)
				break;
		}
		dst += used;
		size -= used;
		src += len;
	}
	*dst = '\0';
}

static void line(const char *prefix, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* What others have of stderr, and write to, is left as it is. */
static ssize_t write_now(const char *text, size_t len)
{
	struct pollfd ready = { .fd = quick.fd, .events = POLLOUT };

	if (quick.socket)
		return send(quick.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A pipe takes a line then, unless another has written to it meanwhile. */
	if (quick.fd == STDERR_FILENO && poll(&ready, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return write(quick.fd, text, len);
}

/* False: it was not taken, or half of it. One whose reader is gone is missed by nobody. */
static bool put_now(const char *text, size_t len)
{
	ssize_t n = write_now(text, len);

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	quick.half = (size_t)n < len;
	return !quick.half;
}

unsigned long msg_untold(void)
{
	return quick.untold;
}

unsigned long msg_tell_missed(void)
{
	char text[160];

	if (!quick.untold || (quick.half && !put_now("\n", 1)))
		return quick.untold;
	snprintf(text, sizeof(text),
		 "kpl011: %lu messages are missing here, since nobody read those before\n",
		 quick.untold);
	if (put_now(text, strlen(text)) || quick.half)
		quick.untold = 0;
	return quick.untold;
}

static void tell(const char *text, size_t len)
{
	if (!msg_tell_missed() && put_now(text, len))
		return;
	if (!quick.untold++ && quick.missed)
		quick.missed(quick.arg);
}

/* Its own description of what stderr is, if it can have one. */
static int open_again(mode_t mode)
{
	char path[32];

	if (!S_ISFIFO(mode) && !S_ISCHR(mode))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", STDERR_FILENO);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void msg_never_wait(void (*missed)(void *arg), void *arg)
{
	struct stat st;
	int fd;

	quick.missed = missed;
	quick.arg = arg;
	if (quick.on || fstat(STDERR_FILENO, &st))
		return;
	fd = open_again(st.st_mode);
	quick.on = true;
	quick.fd = fd < 0 ? STDERR_FILENO : fd;
	quick.socket = S_ISSOCK(st.st_mode);
}

void msg_hurry(void)
{
	int fd = isatty(STDERR_FILENO) ? open_again(S_IFCHR) : -1;

	/* The flag belongs to the file, which others share. */
	if (fd < 0)
		return;
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static bool has_room(void)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	return errno == EAGAIN && poll(&room, 1, HURRY_MS) > 0;
}

static void put(const char *text, size_t len)
{
	if (quick.on) {
		tell(text, len);
		return;
	}
	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n < 0 && (errno == EINTR || has_room()))
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* One write for one line: lines of several programs do not mix. */
static void line(const char *prefix, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES / 2];
	char clean[LINE_MAX_BYTES];
	char out[LINE_MAX_BYTES + 32];

	vsnprintf(text, sizeof(text), fmt, ap);
	msg_clean(clean, sizeof(clean), text);
	put(out, (size_t)snprintf(out, sizeof(out), "%s%s\n", prefix, clean));
}

void msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("kpl011: ", fmt, ap);
	va_end(ap);
}

void msg_more(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("  ", fmt, ap);
	va_end(ap);
}

static ssize_t write_clean(void *cookie, const char *text, size_t len)
{
	char clean[LINE_MAX_BYTES];
	char piece[2] = "";
	size_t at = 0;

	(void)cookie;
	for (size_t i = 0; i < len; i++) {
		if (at + 5 > sizeof(clean)) {
			put(clean, at);
			at = 0;
		}
		piece[0] = text[i];
		if (text[i] == '\n')
			strcpy(clean + at, piece);
		else
			msg_clean(clean + at, sizeof(clean) - at, piece);
		at += strlen(clean + at);
	}
	put(clean, at);
	return (ssize_t)len;
}

void msg_clean_stderr(void)
{
	FILE *file = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_clean });

	if (!file)
		return;
	setvbuf(file, NULL, _IOLBF, BUFSIZ);
	stderr = file;
}
