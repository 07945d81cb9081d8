/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of what is there at once, or not: a socket of this machine, a
 * terminal, named pipes.
 */
#ifndef KPL011_CONNECT_H
#define KPL011_CONNECT_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "source/origin.h"

#define CONNECTION_PATH_SIZE (ORIGIN_PATH_SIZE + 8)

struct connection {
	int fd;
	int room_fd;	 /* to write to; 0: @fd, too */
	bool no_input;	 /* nothing can be written */
	bool write_only; /* @room_fd does not read */
	bool terminal;	 /* it was made raw, and was @before */
	struct termios before;
	pid_t pid; /* of who listens; 0: not known */
	uid_t uid;
};

/**
 * connect_origin - open a source's descriptors, which do not block
 * @origin: ORIGIN_UNIX, ORIGIN_PTY, ORIGIN_PIPE, or ORIGIN_FILE where that is a pipe
 * @con: what was opened, to be given to connect_end()
 *
 * Return: 0; an errno of origin.h, or a negative one of the system's
 */
int connect_origin(const struct origin *origin, struct connection *con);

/* Whether it is one or two named pipes. */
bool connection_is_pipe(const struct origin *origin);

/* Others have taken the names of the pipes of @con: they were made anew for another VMM. */
bool connection_is_replaced(const struct origin *origin, const struct connection *con);

/*
 * @con is what @new was, which is not to be used any more. Who waits for room knows that
 * descriptor, and need not be told of another one: it keeps its number. -ENODEV: only one of
 * the two can be written to.
 */
int connection_exchange(struct connection *con, struct connection *new);

/*
 * What nobody has read of what was written to a pipe or a socket: bytes of a pipe, of a socket
 * SOURCE_UNREAD_SOME. @kept: it stays there without this connection. Nothing more can be written
 * then to a pipe that nobody reads. -ENODEV: who was to read a socket has gone without.
 */
int connection_unread(struct connection *con, bool *kept);

/* A terminal is as it was before. */
void connect_end(struct connection *con);

#endif /* KPL011_CONNECT_H */
