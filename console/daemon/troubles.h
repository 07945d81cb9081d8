/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts failures that many have at once, by errno, so that the daemon can
 * report each kind when it begins and again when the last one is over.
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

/* One more fails with @err, which is not 0. Returns true if it is the first. */
bool troubles_begin(struct troubles *troubles, int err);

/* One no longer fails with @err. Returns true if it was the last. */
bool troubles_end(struct troubles *troubles, int err);

/* Returns an errno that somebody fails with now, or 0. */
int troubles_now(const struct troubles *troubles);

#endif /* KPL011_TROUBLES_H */
