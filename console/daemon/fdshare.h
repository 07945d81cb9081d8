/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who of the guests may have descriptors, when there are too few: by owner first, so that
 * nobody keeps others' guests from being logged by having many. Some are left for the
 * daemon's own work.
 */
#ifndef KPL011_FDSHARE_H
#define KPL011_FDSHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct recorder;

struct fdshare_owner {
	uid_t uid;
	size_t used;
	size_t waiting;	  /* guests */
	uint64_t told_ns; /* that some wait, or 0 */
	bool told;	  /* and not yet that it is over */
};

struct fdshare {
	struct fdshare_owner *owners;
	size_t count;
	size_t max; /* of all guests */
	size_t used;
	size_t waiting; /* guests */
	bool freed;	/* since it was asked who is next */
};

/* By what this process may have. */
void fdshare_init(struct fdshare *share);
void fdshare_free(struct fdshare *share);

/**
 * fdshare_enter - let a recorder have what its decision needs
 * @share: all there are
 * @first: the recorders; of an owner who has more the newest are closed, and wait
 * @recorder: what it had before it has not any more
 *
 * While a life before it waits, it waits as well: until that one is through it writes nothing.
 *
 * Return: false: it waits, and has nothing open, and so do the lives behind it.
 */
bool fdshare_enter(struct fdshare *share, struct recorder *first, struct recorder *recorder);

/* It has nothing open any more, and does not wait. */
void fdshare_leave(struct fdshare *share, struct recorder *recorder);

/* Who of those that wait is to be tried next, or NULL. */
struct recorder *fdshare_next(struct fdshare *share, struct recorder *first);

#endif /* KPL011_FDSHARE_H */
