/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is lost of a guest is told once in a while, with the sum: one that prints more than can
 * be read never stops losing.
 */
#ifndef KPL011_LOSSES_H
#define KPL011_LOSSES_H

#include <stdint.h>

struct losses {
	uint64_t untold; /* bytes */
	uint64_t told;	 /* when, of when_now(); 0: never */
};

/* @count more. Returns the bytes that are to be told now, or 0. */
uint64_t losses_add(struct losses *losses, uint64_t count);

/* The same at the end: all that were not told. */
uint64_t losses_rest(struct losses *losses);

#endif /* KPL011_LOSSES_H */
