/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device has put out: its history, which any number of files read, when
 * it was put out, who waits for more, and who holds the device up.
 *
 * Lifetime: part of whoever has it, and who keeps it for its readers and its
 * writer. The writer is called from kpl_stream_init() on until
 * kpl_stream_stop() has returned.
 *
 * Lock: stream->lock, for all but reading the ring and waking readers (wake.h);
 * taken by tasks alone. There is one writer, which may keep what it knows under
 * the same lock: then a byte takes one lock.
 */
#ifndef KPL011_STREAM_H
#define KPL011_STREAM_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/kpl011.h>
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
	spinlock_t lock; /* protects the stream, see above */
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

int kpl_stream_init(struct kpl_stream *stream, u32 size, u32 flow_ms,
		    void (*takes)(void *writer, bool takes), void *writer);
void kpl_stream_stop(struct kpl_stream *stream);
void kpl_stream_free(struct kpl_stream *stream);

void kpl_stream_mark(struct kpl_stream *stream);
void kpl_stream_close(struct kpl_stream *stream);

bool kpl_stream_hungry(struct kpl_stream *stream, u64 pos);
void kpl_stream_expect(struct kpl_stream *stream, u64 pos);
bool kpl_stream_ended(struct kpl_stream *stream);

u64 kpl_stream_at_time(struct kpl_stream *stream, u64 ns);
u64 kpl_stream_marks_at(struct kpl_stream *stream, u64 pos);
unsigned int kpl_stream_marks(struct kpl_stream *stream, u64 *n,
			      struct kpl011_mark *to, unsigned int count);
void kpl_stream_info(const struct kpl_stream *stream, struct kpl011_info *info);

/**
 * kpl_stream_keeps() - whether a byte would only have to be kept
 * @stream: the stream; the writer holds its lock
 * @byte: the byte
 *
 * Return: whether it is in the middle of a line, and neither gets a mark nor
 * has somebody hold the writer. Then kpl_ring_push() does all that
 * kpl_stream_put() would.
 */
static inline bool kpl_stream_keeps(const struct kpl_stream *stream, u8 byte)
{
	unsigned long tick = jiffies;

	return !(stream->line_begins | (byte == '\n')) && stream->mark_tick == tick &&
	       stream->ring.shared->head + 1 < stream->limit;
}

/**
 * kpl_stream_put() - put out a byte
 * @stream: the stream, which takes bytes; the writer holds its lock
 * @byte: the byte
 *
 * It gets a mark if it is the first in this tick, or if it begins a line at
 * some distance from the last mark. The last thing done here may be to tell the
 * writer that the stream takes no more.
 */
static inline void kpl_stream_put(struct kpl_stream *stream, u8 byte)
{
	u64 head = stream->ring.shared->head;
	unsigned long tick = jiffies;

	lockdep_assert_held(&stream->lock);

	if (unlikely(stream->mark_tick != tick) ||
	    (unlikely(stream->line_begins) &&
	     head - kpl_marks_last(&stream->marks) >= KPL_MARKS_BYTES))
		kpl_stream_mark(stream);
	stream->line_begins = byte == '\n';
	kpl_ring_push(&stream->ring, byte);
	if (unlikely(head + 1 >= stream->limit))
		kpl_flow_hold(stream);
}

/**
 * kpl_stream_fed() - wake readers who wait for what was put out
 * @stream: the stream, with its lock or without
 */
static inline void kpl_stream_fed(struct kpl_stream *stream)
{
	if (kpl_wake_is_hungry(&stream->wake))
		kpl_wake_readers(&stream->wake);
}

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
