/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection to the kpl011 of another host, as long as it lasts: the ssh process that
 * carries it, the frames both ways, and what that process prints on standard error.
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
	/*
	 * A frame has come. Returns NULL, or why the connection is of no use, a part of a
	 * sentence. Must not free the link.
	 */
	const char *(*frame)(const struct frame *frame, void *arg);
	/* Bytes have come, if not a frame yet. */
	void (*heard)(void *arg);
	/* All whole frames of these bytes, of which there may be thousands, were passed on. */
	void (*through)(void *arg);
	/* A line on standard error. The last one before the end is the reason for @lost instead. */
	void (*line)(const char *line, void *arg);
	/* The connection has ended; @why may have any bytes. Has to free the link. */
	void (*lost)(const char *why, void *arg);
};

struct link;

/* Arguments as for ssh_start(). 0, or a negative errno. */
int link_new(struct loop *loop, const struct host *host, const char *command, bool asks,
	     const struct link_ops *ops, void *arg, struct link **link);
void link_free(struct link *link);

/* Moves the link to another loop; false: no memory. */
bool link_move(struct link *link, struct loop *loop);

/* For frames to the other side. */
struct outbox *link_box(struct link *link);

#endif /* KPL011_LINK_H */
