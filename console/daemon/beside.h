/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is in .kpl011/ beside the logs: counted, of the owner whose guest it is, and
 * removed where nobody needs it any more. In turns of the loop.
 */
#ifndef KPL011_BESIDE_H
#define KPL011_BESIDE_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"

struct beside;

struct beside_ops {
	/* Whose a file is, or ARCHIVE_NOBODY; false: it is of a port that is no more. */
	bool (*owner_of)(const char *name, int64_t *uid, void *arg);
	/* All of it was counted. */
	void (*counted)(void *arg);
};

/* NULL: no memory. */
struct beside *beside_new(struct loop *loop, const struct logdir *dir, struct archive *archive,
			  const struct packer *packer, const struct beside_ops *ops, void *arg);
void beside_free(struct beside *beside);

/* Begins to look at all of it. */
void beside_look(struct beside *beside);

/* So many more ledgers of a guest, or with a negative number less. */
void beside_ledgers(struct beside *beside, const char *base, int64_t count);

#endif /* KPL011_BESIDE_H */
