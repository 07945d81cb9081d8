/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of bytes in memory that another writes to meanwhile, without a lock:
 * the reader finds out afterwards what was overwritten while it copied. Pure.
 *
 * The writer moves @reserved, writes, and then moves @head.
 */
#ifndef KPL011_RING_VIEW_H
#define KPL011_RING_VIEW_H

#include <stddef.h>
#include <stdint.h>

struct ring_view {
	const uint64_t *head;	  /* position behind the newest byte */
	const uint64_t *reserved; /* what it will be when the write under way is done */
	const unsigned char *bytes;
	uint64_t size; /* a power of two */
};

/**
 * ring_view_take - copy bytes
 * @ring: the ring
 * @pos: from where; moved behind what was copied
 * @buf: where to
 * @len: room at @buf
 * @skipped: how many before the first one copied were overwritten
 *
 * Return: how many were copied. 0: there are none, or the writer was faster
 * each time; then @skipped may be more than 0.
 */
size_t ring_view_take(const struct ring_view *ring, uint64_t *pos, void *buf, size_t len,
		      uint64_t *skipped);

/* Whether nothing is behind @pos. */
int ring_view_at_end(const struct ring_view *ring, uint64_t pos);

#endif /* KPL011_RING_VIEW_H */
