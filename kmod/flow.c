// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/kpl011.h>
#include <linux/ktime.h>

#include "due.h"
#include "flow.h"
#include "reader.h"
#include "stream.h"
#include "trace.h"

/*
 * A UART that was held is released once there is room for this part of the ring
 * (one eighth). Otherwise a reader of single bytes would have it held for each
 * of them.
 *
 * For each such part that the guest prints, all files together may hold it for
 * flow.ms. If each file had a time of its own, a file that goes back, joins
 * again or takes turns with others would start with a new one, and the guest
 * might never continue.
 */
#define FLOW_ROOM	8

static u64 flow_room(const struct kpl_stream *stream)
{
	return stream->ring.size / FLOW_ROOM;
}

static u64 flow_time(const struct kpl_flow *flow)
{
	return (u64)flow->ms * NSEC_PER_MSEC;
}

/*
 * The stream takes bytes again. The writer may put some at once, and be held
 * again before this returns: so nobody walks through the readers meanwhile.
 *
 * If less than half of the time is left, nobody holds up the guest again before
 * new time is given: a reader that comes just then has no part in how the old
 * one was spent.
 */
static void flow_release(struct kpl_stream *stream)
{
	struct kpl_flow *flow = &stream->flow;
	u64 now = ktime_get_ns();

	flow->stall_ns += ktime_get_boottime_ns() - flow->held_since;
	flow->held_since = 0;
	flow->left = flow->drop.at > now ? flow->drop.at - now : 0;
	flow->drop.at = KPL_NEVER;
	if (flow->left < flow_time(flow) / 2) {
		flow->floor = flow->given + flow_room(stream);
		stream->limit = max(stream->limit, flow->floor);
	}
	trace_kpl011_flow(stream->id, KPL_FLOW_FREE);
	stream->takes(stream->writer, true);
	if (stream->closed)
		kpl_wake(&stream->wake);
}

static void flow_remove(struct kpl_reader *reader)
{
	struct kpl_flow *flow = &reader->stream->flow;

	list_del_init(&reader->flow);
	WRITE_ONCE(reader->flow_joined, false);
	flow->n_files--;
	flow->n_strangers -= reader->flow_stranger;
}

static void flow_drop(struct kpl_reader *reader)
{
	flow_remove(reader);
	WRITE_ONCE(reader->flow_dropped, true);
	reader->stream->flow.drops++;
}

/*
 * A file has come, gone or moved: update the limit. Returns whether that released the UART,
 * which may be held anew by now.
 */
static bool flow_update(struct kpl_stream *stream)
{
	struct kpl_flow *flow = &stream->flow;
	u32 size = stream->ring.size;
	struct kpl_reader *reader;

	lockdep_assert_held(&stream->lock);

	stream->limit = U64_MAX;
	list_for_each_entry(reader, &flow->readers, flow)
		stream->limit = min(stream->limit, reader->flow_pos + size);
	stream->limit = max(stream->limit, flow->floor);
	if (!flow->held_since)
		return false;
	if (stream->limit != U64_MAX &&
	    kpl_ring_head(&stream->ring) + flow_room(stream) > stream->limit)
		return false;
	flow_release(stream);
	return true;
}

/*
 * The UART is held, and its time is over: drop the files that it waited for. A
 * file that came or went back while the UART was held stays, but the guest does
 * not wait for it.
 */
static void flow_timeout(struct kpl_stream *stream)
{
	struct kpl_flow *flow = &stream->flow;
	struct kpl_ring *ring = &stream->ring;
	u64 kept = kpl_ring_head(ring) + flow_room(stream) - ring->size;
	struct kpl_reader *reader, *next;

	list_for_each_entry_safe(reader, next, &flow->readers, flow)
		if (reader->flow_pos < kept && !reader->flow_new)
			flow_drop(reader);
	/* If it was, who is behind now has time of its own. */
	if (!flow_update(stream))
		flow_release(stream);
	kpl_wake(&stream->wake);
}

/* The time may be over. */
static void flow_due(struct work_struct *work)
{
	struct kpl_stream *stream = container_of(work, struct kpl_stream, flow.drop.work);

	spin_lock(&stream->lock);
	if (ktime_get_ns() >= stream->flow.drop.at)
		flow_timeout(stream);
	kpl_due_start(&stream->flow.drop);
	spin_unlock(&stream->lock);
}

/*
 * Drop the files that lost bytes while the guest was not to wait for them. A
 * file that has read those bytes, but has not said so yet, as its next call
 * will, is kept.
 */
static void flow_drop_passed(struct kpl_stream *stream)
{
	u64 oldest = kpl_ring_head(&stream->ring) - stream->ring.size;
	struct kpl_reader *reader, *next;
	bool some = false;

	list_for_each_entry_safe(reader, next, &stream->flow.readers, flow) {
		if (reader->flow_pos >= oldest)
			continue;
		some = true;
		if (kpl_reader_pos(reader) >= oldest)
			reader->flow_pos = oldest;
		else
			flow_drop(reader);
	}
	if (!some)
		return;
	flow_update(stream);
	kpl_wake(&stream->wake);
}

/**
 * kpl_flow_init() - start without lossless readers
 * @stream: the stream
 * @ms: for how long these may hold the UART, in milliseconds
 */
void kpl_flow_init(struct kpl_stream *stream, u32 ms)
{
	struct kpl_flow *flow = &stream->flow;

	INIT_LIST_HEAD(&flow->readers);
	stream->limit = U64_MAX;
	flow->ms = ms;
	kpl_due_init(&flow->drop, flow_due);
}

/**
 * kpl_flow_hold() - hold the UART: the ring is full of what a file has not read
 * @stream: its head is at @stream->limit; the caller holds its lock
 */
void kpl_flow_hold(struct kpl_stream *stream)
{
	u64 head = kpl_ring_head(&stream->ring);
	struct kpl_flow *flow = &stream->flow;
	struct kpl_reader *reader;

	lockdep_assert_held(&stream->lock);

	if (flow->held_since)
		return;
	flow_drop_passed(stream);
	if (stream->closed || head < stream->limit)
		return;
	if (head >= flow->given + flow_room(stream)) {
		flow->given = head;
		flow->left = flow_time(flow);
	}
	list_for_each_entry(reader, &flow->readers, flow)
		reader->flow_new = false;
	flow->held_since = ktime_get_boottime_ns();
	flow->drop.at = ktime_get_ns() + flow->left;
	kpl_due_start(&flow->drop);
	flow->stalls++;
	trace_kpl011_flow(stream->id, KPL_FLOW_HELD);
	stream->takes(stream->writer, false);
}

/* What is before the file's position, or is lost, needs no keeping. */
static void flow_follow(struct kpl_reader *reader)
{
	struct kpl_stream *stream = reader->stream;
	u64 pos = max(kpl_reader_pos(reader), kpl_ring_oldest(&stream->ring));

	lockdep_assert_held(&stream->lock);

	reader->flow_new |= pos < reader->flow_pos;
	reader->flow_pos = pos;
	flow_update(stream);
	/* It may have gone back to bytes that the next byte would overwrite. */
	if (kpl_ring_head(&stream->ring) >= stream->limit)
		kpl_flow_hold(stream);
}

/**
 * kpl_flow_join() - make a file read without loss
 * @reader: the file
 * @stranger: the caller is neither the port's owner nor root; files of such
 *	      users leave half of the places to others
 *
 * Return: 0, or EDQUOT if too many files read without loss.
 */
int kpl_flow_join(struct kpl_reader *reader, bool stranger)
{
	struct kpl_stream *stream = reader->stream;
	struct kpl_flow *flow = &stream->flow;
	int ret = 0;

	spin_lock(&stream->lock);
	if (list_empty(&reader->flow)) {
		if (flow->n_files >= KPL011_FLOW_FILES_MAX ||
		    (stranger && flow->n_strangers >= KPL011_FLOW_STRANGERS_MAX)) {
			ret = -EDQUOT;
			goto out;
		}
		reader->flow_new = true;
		reader->flow_stranger = stranger;
		list_add_tail(&reader->flow, &flow->readers);
		WRITE_ONCE(reader->flow_joined, true);
		flow->n_files++;
		flow->n_strangers += stranger;
	}
	WRITE_ONCE(reader->flow_dropped, false);
	/* Pairs with kpl_reader_advance(): its caller then looks at @flow_joined. */
	smp_mb();
	flow_follow(reader);
out:
	spin_unlock(&stream->lock);
	return ret;
}

/**
 * kpl_flow_leave() - make a file read with loss again
 * @reader: the file, which may do so already
 */
void kpl_flow_leave(struct kpl_reader *reader)
{
	struct kpl_stream *stream = reader->stream;

	spin_lock(&stream->lock);
	WRITE_ONCE(reader->flow_dropped, false);
	if (!list_empty(&reader->flow)) {
		flow_remove(reader);
		flow_update(stream);
	}
	spin_unlock(&stream->lock);
}

/**
 * kpl_flow_move() - a file's position was set, perhaps to one further back
 * @reader: the file
 *
 * For a file that goes back, nothing is kept that may have been overwritten
 * before. One thread may set the position while another one joins: either this
 * call finds the newest position, or that of the other thread comes later and
 * does.
 */
void kpl_flow_move(struct kpl_reader *reader)
{
	struct kpl_stream *stream = reader->stream;

	spin_lock(&stream->lock);
	if (!list_empty(&reader->flow))
		flow_follow(reader);
	spin_unlock(&stream->lock);
}

/**
 * kpl_flow_advance() - stop keeping what was read of a file
 * @reader: the file
 *
 * This takes no lock unless the file reads without loss. A file that joins at
 * the same time begins after what was read.
 */
void kpl_flow_advance(struct kpl_reader *reader)
{
	if (READ_ONCE(reader->flow_joined))
		kpl_flow_move(reader);
}

/**
 * kpl_flow_pause() - a file has read all that there was
 * @reader: the file
 *
 * What it read last is kept until its next call. With EPOLLET, epoll makes that
 * call only after a wake-up, and none comes while the file holds up the guest.
 * So wake it here; the wake-up alone reports no event.
 */
void kpl_flow_pause(struct kpl_reader *reader)
{
	if (READ_ONCE(reader->flow_joined))
		kpl_wake(&reader->stream->wake);
}

/**
 * kpl_flow_status() - tell a file how it reads
 * @reader: the file; it is told once that it was dropped
 *
 * Return: KPL011_FLOW_LOSSLESS, _DROPPED or 0.
 */
u32 kpl_flow_status(struct kpl_reader *reader)
{
	struct kpl_stream *stream = reader->stream;
	u32 status = 0;

	spin_lock(&stream->lock);
	if (!list_empty(&reader->flow))
		status |= KPL011_FLOW_LOSSLESS;
	if (reader->flow_dropped)
		status |= KPL011_FLOW_DROPPED;
	WRITE_ONCE(reader->flow_dropped, false);
	spin_unlock(&stream->lock);
	return status;
}

/**
 * kpl_flow_untell() - a file did not learn after all that it was dropped
 * @reader: the file; kpl_flow_status() said so, and nobody heard it
 */
void kpl_flow_untell(struct kpl_reader *reader)
{
	struct kpl_stream *stream = reader->stream;

	spin_lock(&stream->lock);
	/* Unless it has joined again. */
	if (list_empty(&reader->flow)) {
		WRITE_ONCE(reader->flow_dropped, true);
		/* Who polled the file in between was told of nothing. */
		kpl_wake(&stream->wake);
	}
	spin_unlock(&stream->lock);
}
