/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service tells its manager: sd_notify(3), by its protocol. A manager that is behind is
 * never waited for.
 */
#ifndef KPL011_SDNOTIFY_H
#define KPL011_SDNOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

enum sdnotify {
	SDNOTIFY_MUST, /* kept, in order, until the manager takes it */
	SDNOTIFY_MAY,  /* it does without */
};

/* From now on what is kept is tried again by the loop, and for a last time at the end. */
bool sdnotify_begin(struct loop *loop);
void sdnotify_end(void);

/* "READY=1", ...; without $NOTIFY_SOCKET nothing. */
void sdnotify(enum sdnotify how, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* How often the manager wants to hear of this process, in milliseconds; 0: never. */
uint64_t sdnotify_watchdog(void);

#endif /* KPL011_SDNOTIFY_H */
