/* SPDX-License-Identifier: GPL-2.0-only */
/* What a service tells its manager: sd_notify(3), by its protocol. */
#ifndef KPL011_SDNOTIFY_H
#define KPL011_SDNOTIFY_H

#include <stdint.h>

enum sdnotify {
	SDNOTIFY_MUST, /* waits some seconds for a manager that is behind */
	SDNOTIFY_MAY,  /* it does without */
};

/* "READY=1", ...; without $NOTIFY_SOCKET nothing. */
void sdnotify(enum sdnotify how, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* How often the manager wants to hear of this process, in milliseconds; 0: never. */
uint64_t sdnotify_watchdog(void);

#endif /* KPL011_SDNOTIFY_H */
