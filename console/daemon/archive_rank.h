/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has most, of the archive: kept by what has changed since it was asked last.
 */
#ifndef KPL011_ARCHIVE_RANK_H
#define KPL011_ARCHIVE_RANK_H

#include "daemon/archive.h"

/* What a guest has is another than before. */
void archive_changed(struct archive *archive, struct archive_guest *guest);

void archive_unrank_owner(struct archive *archive, struct archive_owner *owner);

/* Of whoever answers for this user; NULL: no memory. And it goes if it has nothing. */
struct archive_owner *archive_get_owner(struct archive *archive, int64_t uid);
void archive_put_owner(struct archive *archive, struct archive_owner *owner);

/* It has no log any more, and is in no rank. */
void archive_free_guest(struct archive *archive, struct archive_guest *guest);

/* An owner has more or less than before. */
void archive_rank_owner(struct archive *archive, struct archive_owner *owner);

#endif /* KPL011_ARCHIVE_RANK_H */
