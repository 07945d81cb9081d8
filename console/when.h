/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a byte was printed, in the time of calendars. Guests' marks are in
 * CLOCK_BOOTTIME; what that was is told by the clocks of now.
 */
#ifndef KPL011_WHEN_H
#define KPL011_WHEN_H

#include <stdint.h>

#include "source.h"

/* Of the byte at @pos: CLOCK_BOOTTIME in nanoseconds; 0: not known. */
uint64_t when_printed(struct source *src, uint64_t pos);

/* CLOCK_BOOTTIME, in nanoseconds. */
uint64_t when_now(void);

/* "2026-01-31T12:34:56.789+01:00" */
#define WHEN_ISO_SIZE 48

/* In the local zone. @ns is not 0. */
const char *when_iso(uint64_t ns, char text[WHEN_ISO_SIZE]);

#endif /* KPL011_WHEN_H */
