/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far end of a connection, `kpl011 serve`: reports which guests there are and
 * passes their bytes on. It has the rights of the user who runs it, and no others.
 *
 * Of a guest's output it keeps only a position: what the near end does not take
 * stays in the kernel, and what is lost there is reported.
 */
#ifndef KPL011_SERVER_H
#define KPL011_SERVER_H

#include <stdbool.h>

#include "base/loop.h"

struct server;

struct server_options {
	bool read_only; /* nothing is sent to guests, and nothing is changed */
};

/**
 * server_new - start to serve
 * @loop: the loop; stopped when the connection has ended
 * @in: what the near end sends
 * @out: what is sent to it; both are non-blocking
 * @options: copied
 *
 * Return: NULL without memory
 */
struct server *server_new(struct loop *loop, int in, int out, const struct server_options *options);

/* The exit status, after the loop has stopped. */
int server_status(const struct server *server);

void server_free(struct server *server);

#endif /* KPL011_SERVER_H */
