/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open file of a port as one that reads.
 *
 * Its position in the history is struct file.f_pos. The VFS gives each call a
 * copy of that and writes it back afterwards, except for files with
 * FMODE_STREAM, which these have. So only kpl_reader_advance() and
 * kpl_reader_seek() change the position, at once or not at all, and no lock is
 * held while bytes are copied or waited for.
 */
#ifndef KPL011_READER_H
#define KPL011_READER_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/types.h>

struct kpl_stream;

/**
 * struct kpl_reader - an open file that reads
 * @stream: what it reads; the open file has a reference on what that is part of
 * @file: the struct file that this belongs to
 * @flow: on stream->flow.readers while the file reads without loss
 * @flow_pos: how far it has read, while on @flow
 * @flow_joined: whether it is on @flow
 * @flow_new: the file joined @flow, or went back, since the UART was last held
 * @flow_stranger: it joined for a user who is neither the port's owner nor root
 * @flow_dropped: it was taken off @flow for being too slow, and was not told
 *		  yet
 *
 * stream->lock protects all but @stream and @file; read(2) and poll(2) read
 * @flow_joined without it, and poll(2) reads @flow_dropped.
 */
struct kpl_reader {
	struct kpl_stream *stream;
	struct file *file;
	struct list_head flow;
	u64 flow_pos;
	bool flow_joined;
	bool flow_new;
	bool flow_stranger;
	bool flow_dropped;
};

/**
 * kpl_reader_pos() - where a file reads next
 * @reader: the file
 *
 * Return: the position; it may change right after.
 */
static inline u64 kpl_reader_pos(const struct kpl_reader *reader)
{
	return READ_ONCE(reader->file->f_pos);
}

/**
 * kpl_reader_advance() - move a file's position, if it is still where it was
 * @reader: the file
 * @from: where it was
 * @to: where it is to be
 *
 * Of several callers that found it at @from and read on from there, one
 * succeeds. It does not matter whether the position has been elsewhere
 * meanwhile.
 *
 * Return: whether it was moved.
 */
static inline bool kpl_reader_advance(struct kpl_reader *reader, u64 from, u64 to)
{
	return cmpxchg(&reader->file->f_pos, (loff_t)from, (loff_t)to) == from;
}

void kpl_reader_init(struct kpl_reader *reader, struct kpl_stream *stream,
		     struct file *file);
ssize_t kpl_reader_read(struct kpl_reader *reader, char __user *buf, size_t count,
			loff_t *ppos);
void kpl_reader_seek(struct kpl_reader *reader, u64 pos);
loff_t kpl_reader_llseek(struct kpl_reader *reader, loff_t offset, int whence);
int kpl_reader_lines(struct kpl_reader *reader, u64 lines, u64 *pos);

#endif /* KPL011_READER_H */
