/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits how often the loss of a guest's output is reported: once a minute,
 * with the sum. A guest that prints faster than it can be read never stops
 * losing bytes.
 */
#ifndef KPL011_LOSSES_H
#define KPL011_LOSSES_H

#include <stdint.h>

struct losses {
	uint64_t untold; /* bytes that were not reported yet */
	uint64_t told;	 /* time of the last report, by when_now(); 0: never */
};

/* Adds @count bytes. Returns the bytes to report now, or 0. */
uint64_t losses_add(struct losses *losses, uint64_t count);

/* The same at the end: returns all that were not reported. */
uint64_t losses_rest(struct losses *losses);

#endif /* KPL011_LOSSES_H */
