// SPDX-License-Identifier: GPL-2.0-only
#include "marks.h"

/**
 * kpl_marks_init() - start without marks
 * @marks: the marks
 * @mark: memory for them
 * @size: how many that holds, a power of two
 */
void kpl_marks_init(struct kpl_marks *marks, struct kpl011_mark *mark, u32 size)
{
	*marks = (struct kpl_marks) { .mark = mark, .size = size };
}

/**
 * kpl_marks_add() - add a mark, over the oldest if there is no room
 * @marks: the marks
 * @pos: its position, after that of the last
 * @ns: its time, not before that of the last
 */
void kpl_marks_add(struct kpl_marks *marks, u64 pos, u64 ns)
{
	marks->mark[marks->count & (marks->size - 1)] =
		(struct kpl011_mark) { .pos = pos, .ns = ns };
	marks->count++;
}

/**
 * kpl_marks_oldest() - the oldest mark that is kept
 * @marks: the marks
 *
 * Return: its number; 0 if none was lost.
 */
u64 kpl_marks_oldest(const struct kpl_marks *marks)
{
	return marks->count > marks->size ? marks->count - marks->size : 0;
}

/**
 * kpl_marks_at() - find the mark of a position
 * @marks: the marks
 * @pos: the position
 *
 * Return: the number of the last mark at or before @pos; if there is none, that
 * of the oldest mark that is kept; if there are no marks at all, their count.
 */
u64 kpl_marks_at(const struct kpl_marks *marks, u64 pos)
{
	u64 low = kpl_marks_oldest(marks), high = marks->count;

	while (high - low > 1) {
		u64 middle = low + (high - low) / 2;

		if (kpl_marks_get(marks, middle)->pos <= pos)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/**
 * kpl_marks_since() - find the first mark at or after a time
 * @marks: the marks
 * @ns: the time
 *
 * Return: the number of the first mark at or after @ns that is kept; the count
 * of marks if all are before.
 */
u64 kpl_marks_since(const struct kpl_marks *marks, u64 ns)
{
	u64 low = kpl_marks_oldest(marks), high = marks->count;

	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (kpl_marks_get(marks, middle)->ns < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
