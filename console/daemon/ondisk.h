/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file occupies on the disk. Some file systems, as ZFS and several over a network, know that
 * only a while after the file was written; until then they say that it is next to nothing. So that
 * the budget holds meanwhile, a file that was changed just now counts as all that it contains.
 */
#ifndef KPL011_ONDISK_H
#define KPL011_ONDISK_H

#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* By then it was written. */
#define ONDISK_SECONDS 60

/* Bytes. @now: in seconds since 1970, as the times in @st. */
static inline uint64_t ondisk_bytes(const struct stat *st, time_t now)
{
	uint64_t bytes = (uint64_t)st->st_blocks * 512;
	uint64_t size = (uint64_t)st->st_size;

	return size > bytes && now - st->st_ctime < ONDISK_SECONDS ? size : bytes;
}

#endif /* KPL011_ONDISK_H */
