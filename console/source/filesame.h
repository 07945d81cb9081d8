/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether a file that should only grow still has the same bytes before a position. Its size
 * does not tell: a file that was truncated and rewritten unobserved may be as long by now.
 */
#ifndef KPL011_FILESAME_H
#define KPL011_FILESAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are kept; bytes on either side of a position that go into a sum. */
#define FILESAME_KEPT 4096
#define FILESAME_SUMMED 65536

struct filesame {
	uint64_t end;
	size_t len;
	unsigned char bytes[FILESAME_KEPT];
};

/* Keeps the last bytes before @end. */
void filesame_keep(struct filesame *kept, int fd, uint64_t end);

/* Whether the file still has these bytes; true if they cannot be read. */
bool filesame_is_there(const struct filesame *kept, int fd);

/* CRC-32 of the bytes around @pos, within the first @size bytes of the file. */
uint64_t filesame_sum(int fd, uint64_t pos, uint64_t size);

#endif /* KPL011_FILESAME_H */
