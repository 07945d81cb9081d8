// SPDX-License-Identifier: GPL-2.0-only
#include "stream.h"

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
