// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proofs of kmod/marks.c for CBMC: whatever the marks are, a search stays among
 * those that are kept; of marks that only grow it finds the right one.
 */
#include "proof.h"
#include "marks.c"

static struct kpl_marks marks;

/* At most @max marks are kept, of at most four times as many. */
static void any_marks(struct kpl011_mark *memory, u32 max)
{
	u32 size = nondet_u32();

	ASSUME(size && !(size & (size - 1)) && size <= max);
	marks.mark = memory;
	marks.size = size;
	marks.count = nondet_u64();
	ASSUME(marks.count <= 4 * max);
}

/* Of the largest ring it is 2^19, too many for the prover. */
#define MARKS_MAX	16
#define MARKS_FEW	4

void range(void)
{
	struct kpl011_mark memory[MARKS_MAX];
	u64 oldest, at, since;

	any_marks(memory, MARKS_MAX);
	oldest = kpl_marks_oldest(&marks);
	CHECK(oldest <= marks.count && marks.count - oldest <= marks.size);
	at = kpl_marks_at(&marks, nondet_u64());
	CHECK(at >= oldest);
	CHECK(marks.count ? at < marks.count : at == 0);
	since = kpl_marks_since(&marks, nondet_u64());
	CHECK(since >= oldest && since <= marks.count);
}

void right(void)
{
	u64 oldest, n, at, since;
	u64 pos = nondet_u64(), ns = nondet_u64();
	struct kpl011_mark memory[MARKS_FEW];

	any_marks(memory, MARKS_FEW);
	oldest = kpl_marks_oldest(&marks);
	for (n = oldest; n + 1 < marks.count; n++) {
		ASSUME(kpl_marks_get(&marks, n)->pos <
		       kpl_marks_get(&marks, n + 1)->pos);
		ASSUME(kpl_marks_get(&marks, n)->ns <=
		       kpl_marks_get(&marks, n + 1)->ns);
	}
	n = nondet_u64();
	ASSUME(n >= oldest && n < marks.count);
	at = kpl_marks_at(&marks, pos);
	CHECK(n > at || at == oldest || kpl_marks_get(&marks, n)->pos <= pos);
	CHECK(n <= at || kpl_marks_get(&marks, n)->pos > pos);
	since = kpl_marks_since(&marks, ns);
	CHECK((kpl_marks_get(&marks, n)->ns >= ns) == (n >= since));
}

void add(void)
{
	u64 count, pos = nondet_u64(), ns = nondet_u64();
	struct kpl011_mark memory[MARKS_MAX];

	any_marks(memory, MARKS_MAX);
	count = marks.count;
	kpl_marks_add(&marks, pos, ns);
	CHECK(marks.count == count + 1 && kpl_marks_last(&marks) == pos);
	CHECK(kpl_marks_get(&marks, count)->ns == ns);
}
