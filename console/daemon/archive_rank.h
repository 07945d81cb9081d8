/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The archive's owners: each by uid, and their ranks by what they have; which guests have changed,
 * so that archive_victim.c ranks these again when somebody asks. Shared by archive.c and
 * archive_victim.c.
 */
#ifndef KPL011_ARCHIVE_RANK_H
#define KPL011_ARCHIVE_RANK_H

#include "daemon/archive.h"
#include "daemon/ordered.h"

/* Whether the guest has a log: an archive, or a current file. */
bool archive_is_there(const struct archive_guest *guest);

/*
 * Counts one guest more of its owner and of all, or, with -1 as @more, one less. At once: the
 * number of owners that share the limits is needed at any time.
 */
void archive_count_guest(struct archive *archive, const struct archive_guest *guest, uint64_t more);

/* To be called when a guest has more or less than before. */
void archive_changed(struct archive *archive, struct archive_guest *guest);

/* The order of the owners in @most of the archive, by measure. */
extern ordered_cmp *const archive_owners_by[ARCHIVE_MEASURES];

/* Takes an owner out of all ranks. */
void archive_unrank_owner(struct archive *archive, struct archive_owner *owner);

/*
 * archive_get_owner(): the owner to whom this user is charged; NULL: no memory.
 * archive_put_owner(): frees an owner that has nothing left.
 */
struct archive_owner *archive_get_owner(struct archive *archive, int64_t uid);
void archive_put_owner(struct archive *archive, struct archive_owner *owner);

/* In archive.c: frees a guest that has no log any more and is in no rank. */
void archive_free_guest(struct archive *archive, struct archive_guest *guest);

/* Ranks an owner again, who has more or less than before. */
void archive_rank_owner(struct archive *archive, struct archive_owner *owner);

#endif /* KPL011_ARCHIVE_RANK_H */
