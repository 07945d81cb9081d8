/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compresses the files of an archive that are to be, one at a time, in a process of its own.
 * A file that cannot be is tried again later, and the others go on meanwhile.
 */
#ifndef KPL011_PACKER_H
#define KPL011_PACKER_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"

/* What its files are called in the directory's .kpl011/ while they are made. */
#define PACKER_TMP "pack."

struct packer;

/* A file of the guest whose files begin with @base is another than before. */
typedef void packer_changed_cb(const char *base, void *arg);

/* NULL: no memory. */
struct packer *packer_new(struct loop *loop, struct logdir *dir, struct archive *archive,
			  packer_changed_cb *changed, void *arg);
void packer_free(struct packer *packer);

/* Goes on with the next, unless one is under way. */
void packer_run(struct packer *packer);

/* A file is about to be removed. */
void packer_forget(struct packer *packer, struct archive_file *file);

/* The files of a guest are not to be compressed any more: what failed of that is over. */
void packer_leave(struct packer *packer, const struct archive_guest *guest);

/* Ends what is under way; it is tried again. */
void packer_cancel(struct packer *packer);

/* Whether one of its processes makes a file of that name in .kpl011/. */
bool packer_makes(const struct packer *packer, const char *name);

/* What fails now. */
struct packer_failing {
	int err;	  /* of compressing, or 0 */
	bool killed;	  /* and that is that its process was killed */
	bool stuck;	  /* one that was killed does not end */
	bool other_group; /* what was made last has not the group that it is to have */
};

void packer_fails(const struct packer *packer, struct packer_failing *failing);

#endif /* KPL011_PACKER_H */
