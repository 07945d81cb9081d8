// SPDX-License-Identifier: GPL-2.0-only
#include "base/gate.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A pair of sockets. @fd is readable while a byte from @other waits there, and not writable while
 * @other has not read what @fd has sent.
 */

/* Reads all that is there. */
static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void fill(int fd)
{
	static const char bytes[4096];
	size_t len = sizeof(bytes);

	/* Smaller and smaller pieces, down to the last byte that fits. */
	while (len) {
		if (send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			len /= 2;
	}
}

int gate_open(struct gate *gate)
{
	int least = 1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* The kernel rounds the size up. */
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	*gate = (struct gate){ .fd = ends[0], .other = ends[1], .writable = true };
	gate_set_writable(gate, false);
	return 0;
}

void gate_close(struct gate *gate)
{
	close(gate->fd);
	close(gate->other);
}

void gate_set_readable(struct gate *gate, bool on)
{
	if (gate->readable == on)
		return;
	gate->readable = on;
	if (on)
		(void)!send(gate->other, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		drain(gate->fd);
}

void gate_set_writable(struct gate *gate, bool on)
{
	if (gate->writable == on)
		return;
	gate->writable = on;
	if (on)
		drain(gate->other);
	else
		fill(gate->fd);
}
