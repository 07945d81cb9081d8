/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device has put out: its history, which any number of files read, when
 * it was put out, who waits for more, and who holds the device up.
 *
 * Lock: stream->lock, for all but reading the ring and what wake.h says; taken
 * by tasks alone. There is one writer, which may keep what it knows under the
 * same lock: then a byte takes one lock.
 */
#ifndef KPL011_STREAM_H
#define KPL011_STREAM_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "flow.h"
#include "marks.h"
#include "ring.h"
#include "wake.h"

/**
 * struct kpl_stream - what a device puts out
 * @lock: see above; the first member, so that its address takes no addition
 * @closed: the writer has left; written under @lock, read without it
 * @line_begins: the next byte is the first of a line
 * @mark_tick: jiffies at the newest of @marks
 * @ring: the history; users can map its pages
 * @limit: no byte may be pushed at this position or after it; U64_MAX without
 *	   @flow.readers
 * @wake: readers for bytes, writers for room
 * @marks: when bytes of @ring were put out
 * @flow: files that read without loss
 * @takes: tells @writer that the stream takes no byte, or takes bytes again.
 *	   Called with @lock held, by a task; must not sleep. If it takes bytes,
 *	   @writer may put some, and be told that it takes none before @takes
 *	   returns.
 * @writer: argument of @takes
 * @id: number of the port, for traces
 */
struct kpl_stream {
	spinlock_t lock; /* protects the stream, but for reading the ring */
	bool closed;
	bool line_begins;
	unsigned long mark_tick;
	struct kpl_ring ring;
	u64 limit;
	struct kpl_wake wake;
	struct kpl_marks marks;
	struct kpl_flow flow;
	void (*takes)(void *writer, bool takes);
	void *writer;
	u32 id;
};

void kpl_stream_close(struct kpl_stream *stream);

bool kpl_stream_hungry(struct kpl_stream *stream, u64 pos);
void kpl_stream_expect(struct kpl_stream *stream, u64 pos);
bool kpl_stream_ended(struct kpl_stream *stream);

/**
 * kpl_stream_is_closed() - whether the writer has left
 * @stream: the stream
 *
 * It may leave right after, unless the caller holds the stream's lock.
 *
 * Return: whether it has.
 */
static inline bool kpl_stream_is_closed(const struct kpl_stream *stream)
{
	return READ_ONCE(stream->closed);
}

#endif /* KPL011_STREAM_H */
