/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time marks beside a ring: pairs of a position and the time at which its byte
 * was transmitted; the newest are kept. From mark to mark, positions grow, and
 * times never go back.
 *
 * There is no lock: the caller serialises the calls.
 */
#ifndef KPL011_MARKS_H
#define KPL011_MARKS_H

#include <linux/kpl011.h>
#include <linux/types.h>

#define KPL_MARKS_BYTES	32	/* bytes of the ring for each mark */

/**
 * struct kpl_marks - marks number @count - @size to @count - 1 are kept
 * @mark: @size marks
 * @size: a power of two
 * @count: how many there have been
 */
struct kpl_marks {
	struct kpl011_mark *mark;
	u32 size;
	u64 count;
};

void kpl_marks_init(struct kpl_marks *marks, struct kpl011_mark *mark,
		    u32 size);
void kpl_marks_add(struct kpl_marks *marks, u64 pos, u64 ns);
u64 kpl_marks_oldest(const struct kpl_marks *marks);
u64 kpl_marks_at(const struct kpl_marks *marks, u64 pos);
u64 kpl_marks_since(const struct kpl_marks *marks, u64 ns);

/**
 * kpl_marks_get() - a mark
 * @marks: the marks
 * @n: its number, of one that is kept
 *
 * Return: the mark.
 */
static inline const struct kpl011_mark *
kpl_marks_get(const struct kpl_marks *marks, u64 n)
{
	return &marks->mark[n & (marks->size - 1)];
}

/**
 * kpl_marks_last() - position of the newest mark
 * @marks: the marks
 *
 * Return: the position, or 0 if there is no mark.
 */
static inline u64 kpl_marks_last(const struct kpl_marks *marks)
{
	return marks->count ? kpl_marks_get(marks, marks->count - 1)->pos : 0;
}

#endif /* KPL011_MARKS_H */
