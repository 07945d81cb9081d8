// SPDX-License-Identifier: GPL-2.0-only
#include "archive_fixture.h"

#include <string.h>

struct archive_file *add(struct archive *archive, const char *base, bool clean, uint64_t seq,
			 int64_t time, uint64_t bytes)
{
	struct logname name = { .clean = clean, .seq = seq, .time = time };
	struct archive_file *file;

	strcpy(name.base, base);
	file = archive_add(archive, &name, bytes);
	assert_non_null(file);
	return file;
}

struct archive_file *victim(struct archive *archive)
{
	struct archive_guest *guest = archive_victim(archive, ARCHIVE_BYTES, 0);

	return guest ? archive_oldest(guest) : NULL;
}
