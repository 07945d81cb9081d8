/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removes files of an archive, and tells which, why, and when that cannot be; of many the
 * first of each cause, and once a minute how many there have been since.
 */
#ifndef KPL011_REMOVAL_H
#define KPL011_REMOVAL_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"
#include "daemon/sums.h"
#include "daemon/troubles.h"

struct removal {
	const struct logdir *dir;
	struct archive *archive;
	struct packer *packer;
	struct troubles troubles;
	void *staying; /* those that have one */
	struct sums sums;
	struct loop_event *telling;
};

/* False: no memory. The others that it has to know are its user's to set. */
bool removal_begin(struct removal *removal, struct loop *loop);

/* Tells what was not told yet. */
void removal_end(struct removal *removal);

/* False: it stays, and was told. */
bool removal_do(struct removal *removal, struct archive_file *file, const char *why);

/*
 * Removes the packed one of each file that is there twice. True: the turn that @begun is over,
 * and there are more.
 */
bool removal_twins(struct removal *removal, struct archive_guest *guest, uint64_t begun,
		   uint64_t turn_ns);

/* All limits were applied: what is not stuck by now was not asked for, and may stay. */
void removal_through(struct removal *removal);

/* It is not there any more. */
void removal_forget(struct removal *removal, struct archive_file *file);

#endif /* KPL011_REMOVAL_H */
