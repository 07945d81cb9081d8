/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums up messages of which there may be thousands: for each cause the first is
 * printed at once, and then once a minute the number of the others. Pure.
 */
#ifndef KPL011_SUMS_H
#define KPL011_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logname.h"

#define SUMS_EVERY_MS ((uint64_t)60 * 1000)

/* Causes at a time; the last place is shared by all that have no other. */
#define SUMS_CAUSES 16

struct sums_one {
	char cause[160];
	char last[LOGNAME_SIZE];
	uint64_t files;
	uint64_t bytes;
	unsigned int alone; /* how many were printed by themselves */
	uint64_t due;	    /* when the sum is printed, if there is one; 0: place unused */
};

struct sums {
	struct sums_one of[SUMS_CAUSES];
};

/* Adds one at @now_ms. Returns true if it is to be printed by itself; then no sum includes it. */
bool sums_add(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
	      uint64_t now_ms);

/* The same, but the first @alone of a cause are printed by themselves. */
bool sums_add_some(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
		   uint64_t now_ms, unsigned int alone);

/* Takes a sum that is due at @now_ms (UINT64_MAX: any sum). Returns false if there is none. */
bool sums_take(struct sums *sums, uint64_t now_ms, struct sums_one *sum);

/* When to call sums_take() next; 0: not before something is added. */
uint64_t sums_due(const struct sums *sums);

#endif /* KPL011_SUMS_H */
