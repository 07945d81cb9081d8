/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The logs that were cut off: which there are, and which have to go. Pure: what
 * it says is done by logdir.c.
 */
#ifndef KPL011_ARCHIVE_H
#define KPL011_ARCHIVE_H

#include <stddef.h>

#include "daemon/logname.h"

struct archive_file {
	struct logname name;
	uint64_t size;
	bool wanted; /* to be compressed */
	bool busy;   /* it is being compressed */
};

struct archive {
	struct archive_file *files; /* in no order */
	size_t count;
	size_t room;
	uint64_t bytes; /* of all */
};

/* What of one guest is kept; 0: no limit. */
struct archive_limits {
	uint64_t files; /* of each of its logs */
	uint64_t bytes; /* of all of them */
	int64_t since;	/* what is older goes: seconds since 1970 */
};

/* False: no memory; the file is not known then. */
bool archive_add(struct archive *archive, const struct logname *name, uint64_t size);
void archive_remove(struct archive *archive, size_t index);
void archive_free(struct archive *archive);

/* The number of the next file of a guest. */
uint64_t archive_next(const struct archive *archive, const char *base);

/* Index of a file, or SIZE_MAX: of that name, packed or not. */
size_t archive_find(const struct archive *archive, const struct logname *name);

/* The first of a guest's files that its limits do not allow, or SIZE_MAX. */
size_t archive_excess(const struct archive *archive, const char *base,
		      const struct archive_limits *limits);

/*
 * Which file goes first where all together are too much: the oldest of the
 * guests that have half as much as the one that has most, or more. So who prints
 * much gives, and who is alike gives by age. SIZE_MAX: there is none that could.
 */
size_t archive_victim(const struct archive *archive);

/* Of those to be compressed the oldest, or SIZE_MAX. */
size_t archive_wanted(const struct archive *archive);

#endif /* KPL011_ARCHIVE_H */
