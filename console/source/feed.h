/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of bytes and breaks for a source, written in order as fast as the guest
 * takes them. Nothing that was queued is dropped; what exceeds the limit is refused.
 */
#ifndef KPL011_FEED_H
#define KPL011_FEED_H

#include "base/loop.h"
#include "source/source.h"

/* Breaks that may be queued. */
#define FEED_BREAKS 64

struct feed_ops {
	/* The source took some of the queue, so there is room, or all of it has arrived. */
	void (*taken)(void *arg);
	/* @err: a negative errno; -ENODEV: the guest is gone. The queue is kept. */
	void (*failed)(int err, void *arg);
};

struct feed;

/* @limit: bytes that may be queued. NULL: no memory. */
struct feed *feed_new(struct loop *loop, struct source *src, size_t limit,
		      const struct feed_ops *ops, void *arg);

/* How many bytes are queued. */
size_t feed_queued(const struct feed *feed);

/* How many bytes the source has taken since the feed was made. */
uint64_t feed_taken(const struct feed *feed);

/* How many breaks are queued. */
size_t feed_breaks(const struct feed *feed);

/* Whether everything was taken and has arrived, breaks included. */
bool feed_empty(const struct feed *feed);

/*
 * Queues all bytes or none. Returns 0, -ENOBUFS: limit exceeded, -ENOMEM, or the error with which
 * the source failed.
 */
int feed_bytes(struct feed *feed, const void *bytes, size_t len);

/* Queues a break after the bytes so far. Returns the same; -ENOBUFS: too many breaks. */
int feed_break(struct feed *feed);

/* Writes what the source takes now, without waiting for the loop; may call back. */
void feed_flush(struct feed *feed);

void feed_free(struct feed *feed);

#endif /* KPL011_FEED_H */
