/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a stream gets its connection, waits for it, and loses it: TCP and telnet, which take some
 * time, pipes that are made again, and all others, which are there at once. Private to
 * source_stream.c.
 */
#ifndef KPL011_STREAM_CONNECT_H
#define KPL011_STREAM_CONNECT_H

#include "source/connect.h"
#include "source/dial.h"
#include "source/history.h"
#include "source/source_stream.h"
#include "source/telnet.h"

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

/*
 * Connects, or goes on with that. 0: it is connected; -EINPROGRESS: the source becomes ready when
 * this is to be called again; or an error for origin_why().
 */
int stream_connect(struct stream *stream);

/*
 * Closes the connection. Where what was written last would be lost, this waits for a moment until
 * the other side has taken it.
 */
void stream_disconnect(struct stream *stream);

/* Reads up to @len bytes into the history; the descriptor stays readable for the rest. */
void stream_pump(struct stream *stream, size_t len);

/* Sends what telnet has to say. 0: all of it was sent; -EAGAIN: not yet; or a negative errno. */
int stream_send_waiting(struct stream *stream);

/* Whether the timer has expired since this was last asked; without a timer it never has. */
bool stream_is_time(const struct stream *stream);

/*
 * Changes to pipes that were made again, as a file source changes to a file that took its name:
 * the old pipe has no end, as we are a writer of it. But if nobody has read what was written to
 * the old one, that input is lost, and the source ends.
 */
void stream_follow(struct stream *stream);

#endif /* KPL011_STREAM_CONNECT_H */
