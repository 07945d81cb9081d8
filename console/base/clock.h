/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clocks. How long something takes is measured with CLOCK_MONOTONIC; the times of a guest's
 * bytes are those of CLOCK_BOOTTIME.
 */
#ifndef KPL011_CLOCK_H
#define KPL011_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds since some point in the past. */
static inline uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The same, some milliseconds less exact, for callers that ask all the time. */
static inline uint64_t clock_roughly_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Milliseconds. */
static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

/* CLOCK_BOOTTIME, in nanoseconds. */
static inline int64_t clock_boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* CLOCK_REALTIME, in nanoseconds. */
static inline int64_t clock_real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A time of CLOCK_BOOTTIME as one of CLOCK_REALTIME, by the present difference of the two. */
static inline int64_t clock_real_of_boot(int64_t ns)
{
	return ns + clock_real_ns() - clock_boot_ns();
}

/* Processor time that this process has used, in nanoseconds. */
static inline uint64_t clock_processor_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* Whether more than @ns have passed since clock_ns() returned @since. */
static inline bool clock_passed(uint64_t since, uint64_t ns)
{
	return clock_ns() - since > ns;
}

#endif /* KPL011_CLOCK_H */
