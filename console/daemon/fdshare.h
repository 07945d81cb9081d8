/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares the file descriptors among guests when there are too few: equally by owner, so that an
 * owner with many guests does not keep others' guests from being logged. Some are reserved for
 * the daemon's own work.
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
	uint64_t told_ns; /* when it was printed that some wait, or 0 */
	bool told;	  /* that some wait was printed, and not yet that it is over */
};

struct fdshare {
	struct fdshare_owner *owners;
	size_t count;
	size_t max; /* for all guests */
	size_t used;
	size_t waiting; /* guests */
	bool freed;	/* something was freed since fdshare_next() found nobody */
};

/* Shares what this process may open. */
void fdshare_init(struct fdshare *share);
void fdshare_free(struct fdshare *share);

/**
 * fdshare_enter - give a recorder the descriptors that its decision needs
 * @share: the descriptors
 * @first: all recorders; the newest ones of an owner who has more are closed, and wait
 * @recorder: the recorder, which gives back what it had
 *
 * While an earlier life of its guest waits, it waits as well: it writes nothing until that is done.
 *
 * Return: false if it waits with nothing open, as do the later lives of its guest.
 */
bool fdshare_enter(struct fdshare *share, struct recorder *first, struct recorder *recorder);

/* The recorder has nothing open any more, and does not wait. */
void fdshare_leave(struct fdshare *share, struct recorder *recorder);

/* Which of the waiting recorders to try next, or NULL. */
struct recorder *fdshare_next(struct fdshare *share, struct recorder *first);

#endif /* KPL011_FDSHARE_H */
