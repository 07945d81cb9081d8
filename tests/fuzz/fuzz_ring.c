// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any sequence of pushes and reads of a ring, against a count: a reader gets
 * every byte that is kept, in order, and is told exactly which are not.
 */
#include <stdint.h>
#include <stdlib.h>

#include "must.h"
#include "ring.h"

static u8 byte_at(u64 pos)
{
	return pos * 31 + (pos >> 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 cursors[4] = { 0 };
	struct kpl_ring ring;
	u32 ring_size;
	struct kpl011_ring *memory;

	if (!size)
		return 0;
	ring_size = 1u << (4 + data[0] % 6);
	/* Just as large, so that the sanitizer sees a byte beyond it. */
	memory = malloc(sizeof(*memory) + ring_size);
	MUST(memory);
	kpl_ring_init(&ring, memory, sizeof(*memory), ring_size);

	for (data++, size--; size >= 2; data += 2, size -= 2) {
		u64 *cursor = &cursors[data[0] >> 1 & 3];
		u64 head = kpl_ring_head(&ring);
		u64 oldest = head > ring_size ? head - ring_size : 0;
		const u8 *bytes;
		u64 pos;
		u32 n, i;

		MUST(kpl_ring_oldest(&ring) == oldest);
		if (data[0] & 1) {
			for (i = 0; i <= data[1]; i++)
				kpl_ring_push(&ring, byte_at(head + i));
			MUST(kpl_ring_head(&ring) == head + data[1] + 1);
			continue;
		}
		if (data[0] & 8)	/* lseek(2) to anywhere */
			*cursor = head - head * data[1] / 255;
		pos = *cursor;
		n = kpl_ring_peek(&ring, &pos, &bytes);
		MUST(pos == (*cursor < oldest ? oldest : *cursor));
		MUST((n == 0) == (pos == head));
		MUST(pos + n <= head);
		for (i = 0; i < n; i++)
			MUST(bytes[i] == byte_at(pos + i));
		*cursor = pos + n;
	}
	free(memory);
	return 0;
}
