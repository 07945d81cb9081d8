/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection to the kpl011 of another host, as long as it lasts: the process that
 * carries it, frames both ways, and what that process says on its standard error.
 */
#ifndef KPL011_LINK_H
#define KPL011_LINK_H

#include "base/loop.h"
#include "remote/frame.h"
#include "remote/hostspec.h"
#include "remote/outbox.h"

/* Bytes of a line, and of a reason. */
#define LINK_LINE_SIZE 512

struct link_ops {
	/* NULL, or why the connection is of no use: a part of a sentence. Never frees the link. */
	const char *(*frame)(const struct frame *frame, void *arg);
	/* Something was heard, if no frame yet. */
	void (*heard)(void *arg);
	/* A line on standard error; not the last one before the end. */
	void (*line)(const char *line, void *arg);
	/* It is over, and why, in any bytes. Frees the link. */
	void (*lost)(const char *why, void *arg);
};

struct link;

/* Arguments as for ssh_start(). 0, or a negative errno. */
int link_new(struct loop *loop, const struct host *host, const char *command, bool asks,
	     const struct link_ops *ops, void *arg, struct link **link);
void link_free(struct link *link);

/* The same on another loop; false: no memory. */
bool link_move(struct link *link, struct loop *loop);

/* Where frames go to. */
struct outbox *link_box(struct link *link);

#endif /* KPL011_LINK_H */
