// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "file.h"
#include "flow.h"
#include "port.h"

#define FILE_CHUNK	4096	/* bytes copied before checking for loss */
#define FILE_CHUNK_MIN	64	/* the same, when the guest catches up */
#define FILE_LINE_CHUNK	4096	/* bytes searched before a pause */

/* Whether a read(2), or a pread(2) at *@ppos, finds a byte or the end. */
static bool readable(struct kpl_file *pf, const loff_t *ppos)
{
	u64 pos = ppos ? *ppos : kpl_file_pos(pf);

	return !kpl_port_hungry(pf->port, pos) || kpl_port_ended(pf->port);
}

/* Wait until readable(). Returns 0, EAGAIN or ERESTARTSYS. */
static int wait_readable(struct kpl_file *pf, const loff_t *ppos)
{
	if (readable(pf, ppos))
		return 0;
	if (pf->file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(pf->port->wake.wait,
					readable(pf, ppos));
}

/*
 * Copy what there is from *@pos on. Lost bytes are skipped at most once, and
 * only before the first byte copied. Moves *@pos past what was copied.
 */
static ssize_t copy_bytes(struct kpl_ring *ring, u64 *pos, char __user *buf,
			  size_t count)
{
	size_t chunk = FILE_CHUNK;
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
			chunk = FILE_CHUNK_MIN;
			cond_resched();
			continue;
		}
		*pos = at + n;
		done += n;
		chunk = min_t(size_t, chunk * 2, FILE_CHUNK);
	}
	return done;
}

/**
 * kpl_file_read() - read bytes of a port, and wait until there are any
 * @pf: the file
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
ssize_t kpl_file_read(struct kpl_file *pf, char __user *buf, size_t count,
		      loff_t *ppos)
{
	struct kpl_port *port = pf->port;
	bool ended, again;
	ssize_t done;
	u64 from, pos;

	if (!count)
		return 0;
	/* The caller has read what its last call returned. */
	kpl_flow_advance(pf);
	do {
		done = wait_readable(pf, ppos);
		if (done)
			return done;
		/* Look for the end first: after it, no more bytes come. */
		ended = kpl_port_ended(port);
		from = ppos ? *ppos : kpl_file_pos(pf);
		pos = from;
		done = copy_bytes(&port->ring, &pos, buf, count);
		if (done < 0)
			return done;
		again = !done && !ended;
		if (done && !ppos && !kpl_file_advance(pf, from, pos)) {
			if (signal_pending(current))
				return -ERESTARTSYS;
			again = true;
		}
	} while (again);
	if (ppos)
		*ppos = pos;

	/* A short read says that there are no more bytes for now. */
	if (done < count) {
		kpl_port_expect(port, pos);
		kpl_flow_pause(pf);
	}
	return done;
}

/* What follows once the position was set. */
static void file_moved(struct kpl_file *pf, u64 pos)
{
	kpl_flow_move(pf);
	/* Others may sleep in a read(2) or poll(2) of this file. */
	kpl_port_expect(pf->port, pos);
}

/**
 * kpl_file_seek() - set a file's position
 * @pf: the file
 * @pos: where to read next
 */
void kpl_file_seek(struct kpl_file *pf, u64 pos)
{
	xchg(&pf->file->f_pos, (loff_t)pos);
	file_moved(pf, pos);
}

/**
 * kpl_file_llseek() - set a file's position as lseek(2) does
 * @pf: the file
 * @offset: as for lseek(2)
 * @whence: SEEK_SET, SEEK_CUR, SEEK_END or SEEK_DATA
 *
 * Return: the new position; EINVAL, or ENXIO if there are no data at @offset.
 */
loff_t kpl_file_llseek(struct kpl_file *pf, loff_t offset, int whence)
{
	struct kpl_port *port = pf->port;
	loff_t from, newest, pos;

	/* This only asks for the position. */
	if (whence == SEEK_CUR && !offset)
		return kpl_file_pos(pf);
	do {
		from = kpl_file_pos(pf);
		newest = kpl_ring_head(&port->ring);
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
			pos = max_t(loff_t, offset, kpl_ring_oldest(&port->ring));
			/* The guest may have printed more than a ring since. */
			newest = kpl_ring_head(&port->ring);
			break;
		default:
			return -EINVAL;
		}
		if (pos < 0 || pos > newest)
			return -EINVAL;
	} while (!kpl_file_advance(pf, from, pos));
	file_moved(pf, pos);
	return pos;
}

/**
 * kpl_file_lines() - find where the last lines begin that can be read
 * @pf: the file
 * @lines: how many lines
 * @pos: returned: the position, of the oldest byte if there are fewer lines
 *
 * Return: 0 or ERESTARTSYS.
 */
int kpl_file_lines(struct kpl_file *pf, u64 lines, u64 *pos)
{
	const struct kpl_ring *ring = &pf->port->ring;
	u64 at = kpl_ring_head(ring);
	u64 oldest;

	*pos = at;
	if (!lines)
		return 0;
	/* The newline that ends the last line does not begin one more. */
	if (at > kpl_ring_oldest(ring) && kpl_ring_line_back(ring, at, at - 1) == at)
		at--;
	while (at > (oldest = kpl_ring_oldest(ring))) {
		u64 to = at - min_t(u64, at - oldest, FILE_LINE_CHUNK);

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
