/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches which ports there are, and reports them as they come and go. inotify(7)
 * reports changes of the directory of the ports, and the directory itself. Only
 * while it cannot watch them does this look again every few seconds.
 */
#ifndef KPL011_PORTWATCH_H
#define KPL011_PORTWATCH_H

#include "base/loop.h"

struct portwatch_ops {
	/*
	 * A port exists; may be called more than once for it. If this returns a
	 * negative errno, the port could not be looked at, and is reported
	 * again a little later.
	 */
	int (*appeared)(uint32_t id, void *arg);
	void (*gone)(uint32_t id, void *arg);
	/* Ports that were reported may be gone, or be other ones now, without a call of gone(). */
	void (*missed)(void *arg);
	/*
	 * Until scanned() is called, not all ports have been reported, and those attached earlier
	 * may be reported after later ones.
	 */
	void (*looking)(void *arg);
	/* All were reported, except those that could not be looked at for two seconds. */
	void (*scanned)(void *arg);
	/*
	 * The first port that could not be looked at, or -1 for their directory, and its errno; 0:
	 * there is none any more. ENOSPC: there are too many watches for another, so that ports are
	 * found some seconds late.
	 */
	void (*unseen)(int64_t id, int err, void *arg);
	/* The module was loaded: VMs can be attached. */
	void (*module)(void *arg);
};

struct portwatch;

/* Returns 0 or a negative errno. */
int portwatch_new(struct loop *loop, const struct portwatch_ops *ops, void *arg,
		  struct portwatch **watch);
void portwatch_free(struct portwatch *watch);

/* Begins to report all ports, some in each turn of the loop. */
void portwatch_scan(struct portwatch *watch);

#endif /* KPL011_PORTWATCH_H */
