/* SPDX-License-Identifier: GPL-2.0-only */
/* Removes files of an archive, and tells which, why, and when that cannot be. */
#ifndef KPL011_REMOVAL_H
#define KPL011_REMOVAL_H

#include "daemon/archive.h"
#include "daemon/logdir.h"
#include "daemon/packer.h"
#include "daemon/troubles.h"

struct removal {
	const struct logdir *dir;
	struct archive *archive;
	struct packer *packer;
	struct troubles troubles;
};

/* False: it stays, and was told. */
bool removal_do(struct removal *removal, struct archive_file *file, const char *why);

/* It is not there any more. */
void removal_forget(struct removal *removal, struct archive_file *file);

#endif /* KPL011_REMOVAL_H */
