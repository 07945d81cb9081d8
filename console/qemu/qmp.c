// SPDX-License-Identifier: GPL-2.0-only
#include "qemu/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "qemu/qmp_msg.h"

struct qmp {
	int fd;
	int stop; /* a descriptor that ends waits when it is readable; or -1 */
	int err;  /* why the connection cannot be used any more; or 0 */
	json_int_t id;
	struct qmp_scan scan;
	size_t len;
	char in[QMP_MSG_MAX];
};

static int say(char reason[QMP_REASON_SIZE], int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int say(char reason[QMP_REASON_SIZE], int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, QMP_REASON_SIZE, fmt, ap);
	va_end(ap);
	return err;
}

static int say_errno(char reason[QMP_REASON_SIZE], int err)
{
	return say(reason, err, "%s", strerror(-err));
}

/*
 * 0: the descriptor is ready, or has failed, which the next use of it will show.
 * Once the time is up it is not polled even once: a peer may never stop talking.
 */
static int wait_for(const struct qmp *qmp, short events, uint64_t until,
		    char reason[QMP_REASON_SIZE])
{
	struct pollfd pfds[] = {
		{ .fd = qmp->fd, .events = events },
		{ .fd = qmp->stop, .events = POLLIN },
	};
	uint64_t now;
	int n;

	while ((now = clock_ms()) < until) {
		n = poll(pfds, 2, (int)(until - now));
		if (n > 0 && pfds[1].revents)
			return say_errno(reason, -ECANCELED);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return say_errno(reason, -errno);
	}
	return say(reason, -ETIMEDOUT, "no answer in time");
}

static int send_all(struct qmp *qmp, const char *text, uint64_t until, char reason[QMP_REASON_SIZE])
{
	size_t len = strlen(text);
	int err;

	while (len) {
		ssize_t n = send(qmp->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return say_errno(reason, -errno);
		if (n < 0) {
			err = wait_for(qmp, POLLOUT, until, reason);
			if (err)
				return err;
			continue;
		}
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Waits for the next message, of any kind. */
static int next_message(struct qmp *qmp, uint64_t until, struct qmp_msg *msg,
			char reason[QMP_REASON_SIZE])
{
	ssize_t end;
	ssize_t n;
	int err;

	while (!(end = qmp_scan(&qmp->scan, qmp->in, qmp->len))) {
		if (qmp->len == sizeof(qmp->in))
			return say(reason, -EMSGSIZE, "its message is too long");
		err = wait_for(qmp, POLLIN, until, reason);
		if (err)
			return err;
		n = recv(qmp->fd, qmp->in + qmp->len, sizeof(qmp->in) - qmp->len, MSG_DONTWAIT);
		if (!n)
			return say(reason, -ECONNRESET, "it closed the connection");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return say_errno(reason, -errno);
		if (n > 0)
			qmp->len += (size_t)n;
	}
	if (end < 0)
		return say(reason, (int)end, "what it says is not QMP");
	qmp_msg_read(qmp->in, (size_t)end, msg);
	qmp->len -= (size_t)end;
	memmove(qmp->in, qmp->in + end, qmp->len);
	qmp->scan = (struct qmp_scan){ 0 };
	if (msg->kind == QMP_GARBAGE)
		return say(reason, -EBADMSG, "what it says is not QMP");
	return 0;
}

static int greeted(struct qmp *qmp, uint64_t until, char reason[QMP_REASON_SIZE])
{
	struct qmp_msg msg;
	int err;

	err = next_message(qmp, until, &msg, reason);
	if (err)
		return err;
	json_decref(msg.value);
	if (msg.kind != QMP_GREETING)
		return say(reason, -EBADMSG, "what it says is not QMP");
	return qmp_execute(qmp, "qmp_capabilities", NULL, until, NULL, reason);
}

/* Checks which process listens, as far as it can be seen from this PID namespace. */
static int check_peer(int fd, pid_t pid, char reason[QMP_REASON_SIZE])
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return say_errno(reason, -errno);
	if (!pid || !peer.pid || peer.pid == pid)
		return 0;
	return say(reason, -EPERM, "it is the socket of process %d", (int)peer.pid);
}

static int connect_to(int fd, const char *path, char reason[QMP_REASON_SIZE])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return say_errno(reason, -ENAMETOOLONG);
	strcpy(address.sun_path, path);
	/* The socket does not block: EAGAIN means that its backlog is full. */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return say_errno(reason, -errno);
	return 0;
}

struct qmp *qmp_open(const char *path, pid_t pid, uint64_t until, char reason[QMP_REASON_SIZE])
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	int err;

	if (!qmp) {
		say_errno(reason, -ENOMEM);
		return NULL;
	}
	qmp->stop = -1;
	qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = qmp->fd < 0 ? say_errno(reason, -errno) : 0;
	if (!err)
		err = connect_to(qmp->fd, path, reason);
	if (!err)
		err = check_peer(qmp->fd, pid, reason);
	if (!err)
		err = greeted(qmp, until, reason);
	if (!err)
		return qmp;
	qmp_close(qmp);
	return NULL;
}

struct qmp *qmp_adopt(int fd, int stop, uint64_t until, char reason[QMP_REASON_SIZE])
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));
	int err;

	if (!qmp) {
		close(fd);
		errno = -say_errno(reason, -ENOMEM);
		return NULL;
	}
	qmp->fd = fd;
	qmp->stop = stop;
	err = greeted(qmp, until, reason);
	if (!err)
		return qmp;
	qmp_close(qmp);
	errno = -err;
	return NULL;
}

/* Waits for the answer to the command with the number @qmp->id. */
static int answered(struct qmp *qmp, uint64_t until, json_t **value, char reason[QMP_REASON_SIZE])
{
	struct qmp_msg msg;
	int err;

	for (;;) {
		err = next_message(qmp, until, &msg, reason);
		if (err)
			return err;
		/* An error without an id is about what was sent last. */
		if (msg.kind == QMP_ERROR && (msg.id == -1 || msg.id == qmp->id))
			return say(reason, -EREMOTEIO, "%s", msg.error);
		if (msg.kind == QMP_RETURN && msg.id == qmp->id) {
			*value = msg.value;
			return 0;
		}
		json_decref(msg.value);
	}
}

/* Takes the reference to @arguments. NULL: out of memory. */
static char *command_text(const char *command, json_t *arguments, json_int_t id)
{
	json_t *root =
		json_pack("{s:s, s:o*, s:I}", "execute", command, "arguments", arguments, "id", id);
	char *json = json_dumps(root, JSON_COMPACT);
	char *line = NULL;

	if (json && asprintf(&line, "%s\n", json) < 0)
		line = NULL;
	free(json);
	json_decref(root);
	return line;
}

int qmp_execute(struct qmp *qmp, const char *command, json_t *arguments, uint64_t until,
		json_t **value, char reason[QMP_REASON_SIZE])
{
	char *text = command_text(command, arguments, ++qmp->id);
	json_t *returned = NULL;
	int err = qmp->err;

	if (err)
		say_errno(reason, err);
	else if (!text)
		err = say_errno(reason, -ENOMEM);
	else
		err = send_all(qmp, text, until, reason);
	free(text);
	if (!err)
		err = answered(qmp, until, &returned, reason);
	if (err && err != -EREMOTEIO)
		qmp->err = err;
	if (value)
		*value = returned;
	else
		json_decref(returned);
	return err;
}

void qmp_close(struct qmp *qmp)
{
	if (!qmp)
		return;
	if (qmp->fd >= 0)
		close(qmp->fd);
	free(qmp);
}
