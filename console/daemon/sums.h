/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to thousands of files for one cause is told for the first at once, and of the
 * others once a minute how many they were. Pure.
 */
#ifndef KPL011_SUMS_H
#define KPL011_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/logname.h"

#define SUMS_EVERY_MS ((uint64_t)60 * 1000)

/* Causes at a time; the last place is for all that have no other. */
#define SUMS_CAUSES 16

struct sums_one {
	char cause[160];
	char last[LOGNAME_SIZE];
	uint64_t files;
	uint64_t bytes;
	unsigned int alone; /* how many were told by themselves */
	uint64_t due;	    /* when it is told, if there is something by then; 0: nobody's */
};

struct sums {
	struct sums_one of[SUMS_CAUSES];
};

/* One more, at @now_ms. True: it is to be told by itself, and is in no sum. */
bool sums_add(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
	      uint64_t now_ms);

/* The same, but the first @alone of a cause are told by themselves. */
bool sums_add_some(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
		   uint64_t now_ms, unsigned int alone);

/* A sum that is to be told at @now_ms, UINT64_MAX: whatever there is; false: there is none. */
bool sums_take(struct sums *sums, uint64_t now_ms, struct sums_one *sum);

/* When sums_take() is to be asked next; 0: not before something is added. */
uint64_t sums_due(const struct sums *sums);

#endif /* KPL011_SUMS_H */
