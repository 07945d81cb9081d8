/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far end of a connection: it tells which guests there are, and passes their
 * bytes on. It has the rights of who runs it, and no others.
 *
 * Of a guest's output it keeps a position and nothing else: what the other side
 * does not take stays in the kernel, and what is lost there is told.
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
 * server_new - begin to serve
 * @loop: the loop; stopped when the connection has ended
 * @in: where the other side is heard
 * @out: where it is spoken to; both not blocking
 *
 * Return: NULL without memory
 */
struct server *server_new(struct loop *loop, int in, int out, const struct server_options *options);

/* A status, after the loop; says why if it is not STATUS_OK. */
int server_status(const struct server *server);

void server_free(struct server *server);

#endif /* KPL011_SERVER_H */
