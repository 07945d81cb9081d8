/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a byte was printed, as calendar time. The marks of guests are in CLOCK_BOOTTIME, and are
 * converted by the present difference between the clocks.
 */
#ifndef KPL011_WHEN_H
#define KPL011_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"

/* When the byte at @pos was printed: CLOCK_BOOTTIME in nanoseconds; 0: unknown. */
int64_t when_printed(struct source *src, uint64_t pos);

/* CLOCK_BOOTTIME, in nanoseconds. */
int64_t when_now(void);

/**
 * when_find - find the bytes that were printed at or after a time
 * @src: the source that printed them; its position stays
 * @facts: its facts, read just before
 * @ns: the time, CLOCK_BOOTTIME
 * @pos: returned: where they begin; after the newest byte if all are older
 *
 * Return: false if there are bytes and the time of none is known
 */
bool when_find(struct source *src, const struct source_facts *facts, int64_t ns, uint64_t *pos);

/**
 * when_parse - read a point in time, as journalctl does
 * @text: "2026-01-31 12:34:56", or parts of it ("2026-01-31", "12:34"), with a T
 *	  in place of the blank or a fraction of a second at the end; "now", "today",
 *	  "yesterday"; "-1h30m", "90 s ago" (units: s, m or min, h, d); "@" and
 *	  seconds since 1970
 * @now: CLOCK_REALTIME in nanoseconds
 * @then: returned: likewise, for dates in the local time zone; may be before 1970. A time that is
 *	  further than 146 years from 1970 becomes that: nothing was printed then.
 */
bool when_parse(const char *text, int64_t now, int64_t *then);

/* CLOCK_REALTIME in nanoseconds, now, and as CLOCK_BOOTTIME; negative: before the boot. */
int64_t when_real_now(void);
int64_t when_from_real(int64_t real);

/* "2026-01-31T12:34:56.789+01:00" */
#define WHEN_ISO_SIZE 48

/* In the local time zone. @ns: CLOCK_BOOTTIME, not 0. */
const char *when_iso(int64_t ns, char text[WHEN_ISO_SIZE]);

#endif /* KPL011_WHEN_H */
