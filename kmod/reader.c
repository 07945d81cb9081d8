// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "flow.h"
#include "reader.h"
#include "stream.h"

#define READER_CHUNK	4096	/* bytes copied before checking for loss */
#define READER_CHUNK_MIN	64	/* the same, when the guest catches up */
#define READER_LINE_CHUNK	4096	/* bytes searched before a pause */

/**
 * kpl_reader_init() - begin to read, at position 0
 * @reader: the file
 * @stream: what it reads
 * @file: the struct file that this belongs to
 */
void kpl_reader_init(struct kpl_reader *reader, struct kpl_stream *stream,
		     struct file *file)
{
	reader->stream = stream;
	reader->file = file;
	INIT_LIST_HEAD(&reader->flow);
}

/* Whether a read(2), or a pread(2) at *@ppos, finds a byte or the end. */
static bool readable(struct kpl_reader *reader, const loff_t *ppos)
{
	struct kpl_stream *stream = reader->stream;
	u64 pos = ppos ? *ppos : kpl_reader_pos(reader);

	return !kpl_stream_hungry(stream, pos) || kpl_stream_ended(stream);
}

/* Wait until readable(). Returns 0, EAGAIN or ERESTARTSYS. */
static int wait_readable(struct kpl_reader *reader, const loff_t *ppos)
{
	if (readable(reader, ppos))
		return 0;
	if (reader->file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(reader->stream->wake.wait,
					readable(reader, ppos));
}

/*
 * Copy what there is from *@pos on. Lost bytes are skipped at most once, and
 * only before the first byte copied. Moves *@pos past what was copied.
 */
static ssize_t copy_bytes(struct kpl_ring *ring, u64 *pos, char __user *buf,
			  size_t count)
{
	size_t chunk = READER_CHUNK;
	size_t done = 0;

	while (done < count) {
		const u8 *bytes;
		u64 at = *pos;
		size_t n;

		n = kpl_ring_peek(ring, &at, &bytes);
		if (!n || (done && at != *pos))
			break;

		n = min3(n, count - done, chunk);
		if (copy_to_user(buf + done, bytes, n))
			return done ?: -EFAULT;
		if (kpl_ring_oldest(ring) > at) {
			/* Overwritten during the copy: copy less at a time. */
			if (done)
				break;
			if (signal_pending(current))
				return -ERESTARTSYS;
			chunk = READER_CHUNK_MIN;
			cond_resched();
			continue;
		}
		*pos = at + n;
		done += n;
		chunk = min_t(size_t, chunk * 2, READER_CHUNK);
	}
	return done;
}

/**
 * kpl_reader_read() - read bytes of a stream, and wait until there are any
 * @reader: the file
 * @buf: where to
 * @count: how many at most
 * @ppos: position of a pread(2), which is moved; NULL for a read(2)
 *
 * Threads that read(2) from the same position copy the same bytes. The one that
 * then moves the position returns them; the others read again from where it is
 * now.
 *
 * Return: how many were read, 0 at the end; EAGAIN if there are none and the
 * file does not wait, ERESTARTSYS, EFAULT.
 */
ssize_t kpl_reader_read(struct kpl_reader *reader, char __user *buf, size_t count,
			loff_t *ppos)
{
	struct kpl_stream *stream = reader->stream;
	bool ended, again;
	ssize_t done;
	u64 from, pos;

	if (!count)
		return 0;
	/* The caller has read what its last call returned. */
	kpl_flow_advance(reader);
	do {
		done = wait_readable(reader, ppos);
		if (done)
			return done;
		/* Look for the end first: after it, no more bytes come. */
		ended = kpl_stream_ended(stream);
		from = ppos ? *ppos : kpl_reader_pos(reader);
		pos = from;
		done = copy_bytes(&stream->ring, &pos, buf, count);
		if (done < 0)
			return done;
		again = !done && !ended;
		if (done && !ppos && !kpl_reader_advance(reader, from, pos)) {
			if (signal_pending(current))
				return -ERESTARTSYS;
			again = true;
		}
	} while (again);
	if (ppos)
		*ppos = pos;

	/* A short read says that there are no more bytes for now. */
	if (done < count) {
		kpl_stream_expect(stream, pos);
		kpl_flow_pause(reader);
	}
	return done;
}

/* What follows once the position was set. */
static void reader_moved(struct kpl_reader *reader, u64 pos)
{
	kpl_flow_move(reader);
	/* Others may sleep in a read(2) or poll(2) of this file. */
	kpl_stream_expect(reader->stream, pos);
}

/**
 * kpl_reader_seek() - set a file's position
 * @reader: the file
 * @pos: where to read next
 */
void kpl_reader_seek(struct kpl_reader *reader, u64 pos)
{
	xchg(&reader->file->f_pos, (loff_t)pos);
	reader_moved(reader, pos);
}

/**
 * kpl_reader_llseek() - set a file's position as lseek(2) does
 * @reader: the file
 * @offset: as for lseek(2)
 * @whence: SEEK_SET, SEEK_CUR, SEEK_END or SEEK_DATA
 *
 * Return: the new position; EINVAL, or ENXIO if there are no data at @offset.
 */
loff_t kpl_reader_llseek(struct kpl_reader *reader, loff_t offset, int whence)
{
	struct kpl_stream *stream = reader->stream;
	loff_t from, newest, pos;

	/* This only asks for the position. */
	if (whence == SEEK_CUR && !offset)
		return kpl_reader_pos(reader);
	do {
		from = kpl_reader_pos(reader);
		newest = kpl_ring_head(&stream->ring);
		switch (whence) {
		case SEEK_SET:
			pos = offset;
			break;
		case SEEK_CUR:
			if (check_add_overflow(from, offset, &pos))
				return -EINVAL;
			break;
		case SEEK_END:
			if (check_add_overflow(newest, offset, &pos))
				return -EINVAL;
			break;
		case SEEK_DATA:
			if (offset < 0 || offset >= newest)
				return -ENXIO;
			pos = max_t(loff_t, offset, kpl_ring_oldest(&stream->ring));
			/* The guest may have printed more than a ring since. */
			newest = kpl_ring_head(&stream->ring);
			break;
		default:
			return -EINVAL;
		}
		if (pos < 0 || pos > newest)
			return -EINVAL;
	} while (!kpl_reader_advance(reader, from, pos));
	reader_moved(reader, pos);
	return pos;
}

/**
 * kpl_reader_lines() - find where the last lines begin that can be read
 * @reader: the file
 * @lines: how many lines
 * @pos: returned: the position, of the oldest byte if there are fewer lines
 *
 * Return: 0 or ERESTARTSYS.
 */
int kpl_reader_lines(struct kpl_reader *reader, u64 lines, u64 *pos)
{
	const struct kpl_ring *ring = &reader->stream->ring;
	u64 at = kpl_ring_head(ring);
	u64 oldest;

	*pos = at;
	if (!lines)
		return 0;
	/* The newline that ends the last line does not begin one more. */
	if (at > kpl_ring_oldest(ring) && kpl_ring_line_back(ring, at, at - 1) == at)
		at--;
	while (at > (oldest = kpl_ring_oldest(ring))) {
		u64 to = at - min_t(u64, at - oldest, READER_LINE_CHUNK);

		*pos = kpl_ring_line_back(ring, at, to);
		at = to;
		if (*pos > to) {
			if (!--lines)
				break;
			at = *pos - 1;
		}
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	*pos = lines ? oldest : max(*pos, oldest);
	return 0;
}
