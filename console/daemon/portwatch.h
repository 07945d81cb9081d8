/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ports there are, told as they come and go. It asks nobody in between:
 * the kernel tells of the nodes in their directory, and of the directory.
 */
#ifndef KPL011_PORTWATCH_H
#define KPL011_PORTWATCH_H

#include "base/loop.h"

struct portwatch_ops {
	/*
	 * There is this port; it may be told again. A negative errno: it could
	 * not be looked at, and is told again a little later.
	 */
	int (*appeared)(uint32_t id, void *arg);
	void (*gone)(uint32_t id, void *arg);
	/* Of those that were told before some may be gone, or others by now, and it was not told.
	 */
	void (*missed)(void *arg);
	/*
	 * Until scanned(), some that are there have not been told, and what was
	 * attached before others may be told behind them.
	 */
	void (*looking)(void *arg);
	/* All have been told, but for those that could not be looked at for two seconds. */
	void (*scanned)(void *arg);
	/*
	 * The first of these, or -1 for their directory, and its errno; 0: there are none
	 * any more.
	 */
	void (*unseen)(int64_t id, int err, void *arg);
	/* The module was loaded, and VMs can be attached. */
	void (*module)(void *arg);
};

struct portwatch;

/* 0 or a negative errno. */
int portwatch_new(struct loop *loop, const struct portwatch_ops *ops, void *arg,
		  struct portwatch **watch);
void portwatch_free(struct portwatch *watch);

/* Begins to tell of all there are, some in each turn of the loop. */
void portwatch_scan(struct portwatch *watch);

#endif /* KPL011_PORTWATCH_H */
