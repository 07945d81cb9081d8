// SPDX-License-Identifier: GPL-2.0-only
#include "source/filesame.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

/* Reads fewer than @len bytes only at the end of the file, or after an error. */
static size_t read_at(int fd, uint64_t pos, unsigned char *bytes, size_t len)
{
	size_t have = 0;
	ssize_t n = 1;

	while (have < len && n) {
		n = pread(fd, bytes + have, len - have, (off_t)(pos + have));
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	return have;
}

void filesame_keep(struct filesame *kept, int fd, uint64_t end)
{
	size_t len = end < FILESAME_KEPT ? (size_t)end : FILESAME_KEPT;

	kept->end = end;
	kept->len = len;
	/* What cannot be read is not compared. */
	if (read_at(fd, end - len, kept->bytes, len) < len)
		kept->len = 0;
}

bool filesame_is_there(const struct filesame *kept, int fd)
{
	unsigned char bytes[FILESAME_KEPT];

	if (read_at(fd, kept->end - kept->len, bytes, kept->len) < kept->len)
		return true;
	/* A zero may have stood for a byte that another host had not sent yet. */
	for (size_t i = 0; i < kept->len; i++)
		if (kept->bytes[i] != bytes[i] && kept->bytes[i])
			return false;
	return true;
}

uint64_t filesame_sum(int fd, uint64_t pos, uint64_t size)
{
	uint64_t from = pos < FILESAME_SUMMED ? 0 : pos - FILESAME_SUMMED;
	uint64_t to = size < pos + FILESAME_SUMMED ? size : pos + FILESAME_SUMMED;
	uLong sum = crc32(0, NULL, 0);
	unsigned char bytes[4096];

	while (from < to) {
		size_t len = to - from < sizeof(bytes) ? (size_t)(to - from) : sizeof(bytes);
		size_t have = read_at(fd, from, bytes, len);

		sum = crc32(sum, bytes, (uInt)have);
		if (have < len)
			break;
		from += len;
	}
	return sum;
}
