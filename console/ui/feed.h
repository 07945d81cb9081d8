/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To a source: bytes and breaks, in order, as fast as the guest makes room.
 * Nothing is dropped; what does not fit here is refused.
 */
#ifndef KPL011_FEED_H
#define KPL011_FEED_H

#include "base/loop.h"
#include "source/source.h"

/* Breaks that may wait. */
#define FEED_BREAKS 64

struct feed_ops {
	/* Some of the queue was taken; there is room for more. */
	void (*taken)(void *arg);
	/* A negative errno; -ENODEV: the guest is gone. The queue is kept. */
	void (*failed)(int err, void *arg);
};

struct feed;

/* @limit: bytes that may wait. NULL: no memory. */
struct feed *feed_new(struct loop *loop, struct source *src, size_t limit,
		      const struct feed_ops *ops, void *arg);

/* How many bytes wait. */
size_t feed_queued(const struct feed *feed);

/* How many it has taken since it was made. */
uint64_t feed_taken(const struct feed *feed);

/* How many breaks wait. */
size_t feed_breaks(const struct feed *feed);

/* Whether everything was taken, the breaks too. */
bool feed_empty(const struct feed *feed);

/* Takes all of it or nothing: false if it exceeds the limit. */
bool feed_bytes(struct feed *feed, const void *bytes, size_t len);

/* False: too many wait. */
bool feed_break(struct feed *feed);

/* Has the source take what it can now, and calls back as the loop would. */
void feed_flush(struct feed *feed);

void feed_free(struct feed *feed);

#endif /* KPL011_FEED_H */
