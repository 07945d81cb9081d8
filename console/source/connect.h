/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens the descriptors of sources to which a connection takes no time: a Unix
 * socket, a terminal, named pipes. TCP is in dial.h.
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
	int room_fd;	 /* to write to; 0: @fd serves both ways */
	bool no_input;	 /* nothing can be written */
	bool write_only; /* @room_fd is not open for reading */
	bool terminal;	 /* @fd was made raw; its settings were @before */
	struct termios before;
	pid_t pid; /* of the process that listens; 0: not known */
	uid_t uid;
};

/**
 * connect_origin - open a source's descriptors, which are non-blocking
 * @origin: ORIGIN_UNIX, ORIGIN_PTY, ORIGIN_PIPE, or ORIGIN_FILE if that is a pipe
 * @con: what was opened, to be given to connect_end()
 *
 * Return: 0, or an error for origin_why(), after which @con needs no connect_end()
 */
int connect_origin(const struct origin *origin, struct connection *con);

/* Whether it is one or two named pipes. */
bool connection_is_pipe(const struct origin *origin);

/* Whether the names of @con's pipes belong to others: they were made again for another VMM. */
bool connection_is_replaced(const struct origin *origin, const struct connection *con);

/*
 * Closes what @con has and moves @new into it; @new must not be used afterwards. A caller that
 * waits for room keeps waiting on the same number: the new pipe gets the number of @con's
 * room_fd. -ENODEV: only one of the two can be written to. After an error both are unchanged.
 */
int connection_exchange(struct connection *con, struct connection *new);

/*
 * How much of what was written nobody has read yet: bytes for a pipe, SOURCE_UNREAD_SOME for a
 * socket. @kept: it can still be read after connect_end(). With bytes left in a pipe this closes
 * our own reading end, so that writing fails if nobody else reads the pipe. -ENODEV: the reader of
 * a socket has gone without reading it.
 */
int connection_unread(struct connection *con, bool *kept);

/* Closes the descriptors. A terminal gets its former settings back. */
void connect_end(struct connection *con);

#endif /* KPL011_CONNECT_H */
