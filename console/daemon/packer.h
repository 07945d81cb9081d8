/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compresses the files of an archive that are due, one at a time, in a child
 * process. A file that cannot be compressed is tried again later, and the
 * others are compressed meanwhile.
 */
#ifndef KPL011_PACKER_H
#define KPL011_PACKER_H

#include "base/loop.h"
#include "daemon/archive.h"
#include "daemon/logdir.h"

/* Prefix of its temporary files in .kpl011/. */
#define PACKER_TMP "pack."

struct packer;

/* A file of the guest with this @base has changed. */
typedef void packer_changed_cb(const char *base, void *arg);

/* Returns NULL if there is no memory. */
struct packer *packer_new(struct loop *loop, struct logdir *dir, struct archive *archive,
			  packer_changed_cb *changed, void *arg);
void packer_free(struct packer *packer);

/* Begins with the next file, unless one is being compressed. */
void packer_run(struct packer *packer);

/* A file is about to be removed. */
void packer_forget(struct packer *packer, struct archive_file *file);

/* The guest's files are not to be compressed any more: forgets which of them failed. */
void packer_leave(struct packer *packer, const struct archive_guest *guest);

/* Stops the current compression; that file is tried again. */
void packer_cancel(struct packer *packer);

/* Whether one of its processes is writing a file of that name in .kpl011/. */
bool packer_makes(const struct packer *packer, const char *name);

/* What fails now. */
struct packer_failing {
	int err;	  /* of compressing, or 0 */
	bool killed;	  /* @err says that the process was killed */
	bool stuck;	  /* a killed process does not end */
	bool other_group; /* the last result does not have its source's group */
};

void packer_fails(const struct packer *packer, struct packer_failing *failing);

#endif /* KPL011_PACKER_H */
