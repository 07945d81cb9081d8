/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a ring of bytes in shared memory without a lock. The writer does not wait:
 * after each copy the reader checks what was overwritten meanwhile. Pure.
 *
 * The writer advances @reserved, writes, and then advances @head.
 */
#ifndef KPL011_RING_VIEW_H
#define KPL011_RING_VIEW_H

#include <stddef.h>
#include <stdint.h>

struct ring_view {
	const uint64_t *head;	  /* position after the newest byte */
	const uint64_t *reserved; /* what @head will be after the write under way */
	const unsigned char *bytes;
	uint64_t size; /* a power of two */
};

/**
 * ring_view_take - copy bytes
 * @ring: the ring
 * @pos: where to start; moved past what was copied
 * @buf: where to copy to
 * @len: room at @buf
 * @skipped: how many bytes before the first one copied were overwritten
 *
 * Return: how many were copied. 0: there are none, or the writer was faster at
 * each try; @skipped may be more than 0 then.
 */
size_t ring_view_take(const struct ring_view *ring, uint64_t *pos, void *buf, size_t len,
		      uint64_t *skipped);

/* Whether there is no byte at @pos or after it. */
int ring_view_at_end(const struct ring_view *ring, uint64_t pos);

#endif /* KPL011_RING_VIEW_H */
