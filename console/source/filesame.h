/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a file that may only grow is still the one that it was: its bytes in front of a place
 * are the same. One that was cut and written anew, while nobody looked, may be as long by now.
 */
#ifndef KPL011_FILESAME_H
#define KPL011_FILESAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are kept, and those on either side of a place that a sum is made of. */
#define FILESAME_KEPT 4096
#define FILESAME_SUMMED 65536

struct filesame {
	uint64_t end;
	size_t len;
	unsigned char bytes[FILESAME_KEPT];
};

/* Keeps what there is in front of @end. */
void filesame_keep(struct filesame *kept, int fd, uint64_t end);

/* Whether that is there still. */
bool filesame_is_there(const struct filesame *kept, int fd);

/* CRC-32 of the bytes around @pos, of the first @size of the file. */
uint64_t filesame_sum(int fd, uint64_t pos, uint64_t size);

#endif /* KPL011_FILESAME_H */
