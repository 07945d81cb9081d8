/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Removes files of an archive, and reports which, why, and if one cannot be
 * removed. Of many the first of each cause is reported, and once a minute how
 * many there have been since.
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
	void *staying; /* files that could not be removed */
	struct sums sums;
	struct loop_event *telling;
};

/* The members before @troubles are for the caller to set. Returns false if there is no memory. */
bool removal_begin(struct removal *removal, struct loop *loop);

/* Reports what was not reported yet. */
void removal_end(struct removal *removal);

/* Returns false if the file stays, which is reported. */
bool removal_do(struct removal *removal, struct archive_file *file, const char *why);

/*
 * Removes the compressed one of each file that is there twice. Returns true if the turn that began
 * at @begun is over, and there are more.
 */
bool removal_twins(struct removal *removal, struct archive_guest *guest, uint64_t begun,
		   uint64_t turn_ns);

/* All limits were applied: files that are not stuck now did not have to go, and may stay. */
void removal_through(struct removal *removal);

/* The file is gone. */
void removal_forget(struct removal *removal, struct archive_file *file);

#endif /* KPL011_REMOVAL_H */
