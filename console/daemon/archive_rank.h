/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranks of the archive's owners and guests by what they have. They are brought up to date when
 * somebody asks, from a list of the guests that have changed.
 */
#ifndef KPL011_ARCHIVE_RANK_H
#define KPL011_ARCHIVE_RANK_H

#include "daemon/archive.h"

/* To be called when a guest has more or less than before. */
void archive_changed(struct archive *archive, struct archive_guest *guest);

void archive_unrank_owner(struct archive *archive, struct archive_owner *owner);

/*
 * archive_get_owner(): the owner to whom this user is charged; NULL: no memory.
 * archive_put_owner(): frees an owner that has nothing left.
 */
struct archive_owner *archive_get_owner(struct archive *archive, int64_t uid);
void archive_put_owner(struct archive *archive, struct archive_owner *owner);

/* Frees a guest that has no log any more and is in no rank. */
void archive_free_guest(struct archive *archive, struct archive_guest *guest);

/* Ranks an owner again, who has more or less than before. */
void archive_rank_owner(struct archive *archive, struct archive_owner *owner);

#endif /* KPL011_ARCHIVE_RANK_H */
