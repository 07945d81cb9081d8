// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "due.h"
#include "gfp.h"
#include "stream.h"

#define STREAM_GFP	(KPL_GFP | __GFP_ZERO)

/*
 * Allocate whole pages, zeroed and each of them charged, for vfree(). @flags:
 * VM_USERMAP if users may map them.
 */
static void *area_alloc(size_t size, unsigned long flags)
{
	unsigned int count = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct page **pages;
	unsigned int i;
	void *area;

	pages = kvmalloc_array(count, sizeof(*pages), STREAM_GFP);
	if (!pages)
		return NULL;
	for (i = 0; i < count; i++) {
		pages[i] = alloc_page(STREAM_GFP);
		if (!pages[i])
			goto out_free;
	}
	area = vmap(pages, count, VM_MAP | VM_MAP_PUT_PAGES | flags,
		    PAGE_KERNEL);
	if (area)
		return area;

out_free:
	while (i--)
		__free_page(pages[i]);
	kvfree(pages);
	return NULL;
}

/**
 * kpl_stream_init() - make an empty stream
 * @stream: zeroed
 * @size: bytes of history, a power of two
 * @flow_ms: for how long readers may hold the writer, in milliseconds
 * @takes: as in struct kpl_stream
 * @writer: its argument
 *
 * Return: 0 or ENOMEM.
 */
int kpl_stream_init(struct kpl_stream *stream, u32 size, u32 flow_ms,
		    void (*takes)(void *writer, bool takes), void *writer)
{
	u32 n_marks = size / KPL_MARKS_BYTES;
	struct kpl011_mark *marks;
	void *area;

	/* A page of positions, then the bytes, 0 where the guest wrote none. */
	area = area_alloc(PAGE_SIZE + size, VM_USERMAP);
	marks = area_alloc(n_marks * sizeof(*marks), 0);
	if (!area || !marks) {
		vfree(marks);
		vfree(area);
		return -ENOMEM;
	}
	spin_lock_init(&stream->lock);
	stream->line_begins = true;
	stream->mark_tick = jiffies - 1;
	stream->takes = takes;
	stream->writer = writer;
	kpl_wake_init(&stream->wake);
	kpl_flow_init(stream, flow_ms);
	kpl_ring_init(&stream->ring, area, PAGE_SIZE, size);
	kpl_marks_init(&stream->marks, marks, n_marks);
	return 0;
}

/**
 * kpl_stream_stop() - call the writer no more, and wake nobody
 * @stream: the stream, which nobody reads or writes any more
 *
 * Readers could have others woken, even after the stream was closed.
 */
void kpl_stream_stop(struct kpl_stream *stream)
{
	spin_lock(&stream->lock);
	stream->flow.drop.at = KPL_NEVER;
	spin_unlock(&stream->lock);
	kpl_due_stop(&stream->flow.drop);
	kpl_wake_stop(&stream->wake);
}

/**
 * kpl_stream_free() - free the memory of a stream
 * @stream: new, or stopped
 */
void kpl_stream_free(struct kpl_stream *stream)
{
	vfree(stream->marks.mark);
	vfree(stream->ring.shared);
}

/**
 * kpl_stream_mark() - note when the next byte is put out
 * @stream: the stream; the caller holds its lock
 */
void kpl_stream_mark(struct kpl_stream *stream)
{
	lockdep_assert_held(&stream->lock);

	stream->mark_tick = jiffies;
	kpl_marks_add(&stream->marks, kpl_ring_head(&stream->ring),
		      ktime_get_boottime_ns());
}

/**
 * kpl_stream_close() - note that the writer has left: it puts out no more
 * @stream: the stream; the caller holds its lock, and then wakes all sleepers
 *
 * What flow control holds back of the writer may still come; see
 * kpl_stream_ended(). A stream that is closed holds nobody.
 */
void kpl_stream_close(struct kpl_stream *stream)
{
	lockdep_assert_held(&stream->lock);

	WRITE_ONCE(stream->closed, true);
}

/**
 * kpl_stream_hungry() - ask to be woken when there are bytes
 * @stream: the stream
 * @pos: position of the next byte
 *
 * Called by a reader that is already on stream->wake.wait, or does not wait.
 *
 * Return: whether there is no byte yet.
 */
bool kpl_stream_hungry(struct kpl_stream *stream, u64 pos)
{
	if (kpl_ring_head(&stream->ring) > pos)
		return false;
	kpl_wake_hungry(&stream->wake);
	return kpl_ring_head(&stream->ring) <= pos;
}

/**
 * kpl_stream_expect() - somebody assumes that there is no byte at a position
 * @stream: the stream
 * @pos: the position
 *
 * If there is one, or when it comes, sleepers are woken. So whoever waits for
 * edges (EPOLLET) sees one, without having asked for anything before.
 */
void kpl_stream_expect(struct kpl_stream *stream, u64 pos)
{
	if (!kpl_stream_hungry(stream, pos))
		kpl_wake_readers(&stream->wake);
}

/**
 * kpl_stream_ended() - whether no byte will come any more
 * @stream: the stream; its lock is not held
 *
 * That can be later than kpl_stream_close(): while a lossless reader holds back
 * what the writer has, the stream only ends when that reader has moved on or
 * was dropped. After this has returned true, all bytes that there will ever be
 * can be read.
 *
 * Return: whether the stream has ended.
 */
bool kpl_stream_ended(struct kpl_stream *stream)
{
	bool ended;

	if (!kpl_stream_is_closed(stream))
		return false;
	spin_lock(&stream->lock);
	ended = !stream->flow.held_since;
	spin_unlock(&stream->lock);
	return ended;
}

/**
 * kpl_stream_at_time() - find the first byte put out at a time or later
 * @stream: the stream
 * @ns: the time, CLOCK_BOOTTIME
 *
 * Return: a position at or before that of the byte, as near as the marks tell.
 */
u64 kpl_stream_at_time(struct kpl_stream *stream, u64 ns)
{
	u64 pos, n;

	spin_lock(&stream->lock);
	n = kpl_marks_since(&stream->marks, ns);
	if (n && n == kpl_marks_oldest(&stream->marks))
		/* Marks before it are lost: bytes there may be new enough. */
		pos = 0;
	else if (n < stream->marks.count)
		pos = kpl_marks_get(&stream->marks, n)->pos;
	else
		pos = kpl_ring_head(&stream->ring);
	pos = max(pos, kpl_ring_oldest(&stream->ring));
	spin_unlock(&stream->lock);
	return pos;
}

/**
 * kpl_stream_marks_at() - find the mark of a position
 * @stream: the stream
 * @pos: the position
 *
 * Return: the mark's number, as of kpl_marks_at().
 */
u64 kpl_stream_marks_at(struct kpl_stream *stream, u64 pos)
{
	u64 n;

	spin_lock(&stream->lock);
	n = kpl_marks_at(&stream->marks, pos);
	spin_unlock(&stream->lock);
	return n;
}

/**
 * kpl_stream_marks() - copy marks
 * @stream: the stream
 * @n: number of the first one; moved past the last one copied
 * @to: where to
 * @count: how many at most; the stream is locked meanwhile
 *
 * Those that were overwritten since the last call are left out.
 *
 * Return: how many were copied.
 */
unsigned int kpl_stream_marks(struct kpl_stream *stream, u64 *n,
			      struct kpl011_mark *to, unsigned int count)
{
	const struct kpl_marks *marks = &stream->marks;
	unsigned int i;

	spin_lock(&stream->lock);
	if (marks->count > marks->size)
		*n = max(*n, marks->count - marks->size);
	for (i = 0; i < count && *n < marks->count; i++)
		to[i] = *kpl_marks_get(marks, (*n)++);
	spin_unlock(&stream->lock);
	return i;
}

/**
 * kpl_stream_info() - report what was put out, and who held up the writer
 * @stream: the stream; the caller holds its lock
 * @info: its ring_size, tx_newest, tx_oldest, flow_ms, and what was counted of
 *	  flow control are returned
 */
void kpl_stream_info(const struct kpl_stream *stream, struct kpl011_info *info)
{
	const struct kpl_flow *flow = &stream->flow;

	lockdep_assert_held(&stream->lock);

	info->ring_size = stream->ring.size;
	info->tx_newest = kpl_ring_head(&stream->ring);
	info->tx_oldest = kpl_ring_oldest(&stream->ring);
	info->flow_ms = flow->ms;
	info->flow_stalls = flow->stalls;
	info->flow_stall_ns = flow->stall_ns;
	info->flow_drops = flow->drops;
}
