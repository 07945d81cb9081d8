/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queues frames for a descriptor that may not take them now.
 */
#ifndef KPL011_OUTBOX_H
#define KPL011_OUTBOX_H

#include "base/loop.h"
#include "remote/frame.h"

/* While more bytes than this wait, callers must not add output of guests or answers. */
#define OUTBOX_FULL (256 * 1024)

struct outbox_ops {
	/* Some of it was written, and it is not full any more. */
	void (*drained)(void *arg);
	/* It cannot be written: @err is a negative errno. Frames are dropped from now on. */
	void (*failed)(int err, void *arg);
};

struct outbox;

/* The greeting is queued first. @fd: non-blocking. NULL: no memory. */
struct outbox *outbox_new(struct loop *loop, int fd, const struct outbox_ops *ops, void *arg);

/* Moves the outbox to another loop; false: no memory. */
bool outbox_move(struct outbox *box, struct loop *loop);

/* A frame whose payload is in two parts, the second of which may be empty. */
void outbox_frame(struct outbox *box, enum frame_type type, uint32_t channel, const void *first,
		  size_t first_len, const void *second, size_t second_len);

bool outbox_full(const struct outbox *box);

void outbox_free(struct outbox *box);

#endif /* KPL011_OUTBOX_H */
