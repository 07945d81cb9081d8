/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files in .kpl011/: counts them for the owner whose guest they belong to, and removes those
 * that nobody needs any more. It works in turns of the loop.
 */
#ifndef KPL011_BESIDE_H
#define KPL011_BESIDE_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"

struct beside;

struct beside_ops {
	/*
	 * Sets the owner of a file, or ARCHIVE_NOBODY. False: its port does not exist any more.
	 */
	bool (*owner_of)(const char *name, int64_t *uid, void *arg);
	/* Everything was counted. */
	void (*counted)(void *arg);
};

/* NULL: no memory. */
struct beside *beside_new(struct loop *loop, const struct logdir *dir, struct archive *archive,
			  const struct packer *packer, const struct beside_ops *ops, void *arg);
void beside_free(struct beside *beside);

/* Begins to go through all of it. */
void beside_look(struct beside *beside);

/* Why it cannot be looked through at the moment: an errno, or 0. What was counted before stays. */
int beside_fails(const struct beside *beside);

/* A guest has @count more ledgers, or fewer if negative. */
void beside_ledgers(struct beside *beside, const char *base, int64_t count);

#endif /* KPL011_BESIDE_H */
