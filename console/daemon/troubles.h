/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fails for many in the same way is told once, and once when it is over for all of
 * them: of each kind of failure how many have it.
 */
#ifndef KPL011_TROUBLES_H
#define KPL011_TROUBLES_H

#include <stdbool.h>

struct troubles {
	struct {
		int err;
		unsigned int count;
	} of[16];
};

/* One more has it; true: the first. @err is not 0. */
bool troubles_begin(struct troubles *troubles, int err);

/* One has it no more; true: that was the last. */
bool troubles_end(struct troubles *troubles, int err);

/* One that somebody has now, or 0. */
int troubles_now(const struct troubles *troubles);

#endif /* KPL011_TROUBLES_H */
