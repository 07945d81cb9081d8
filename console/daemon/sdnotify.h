/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notifies the service manager, with the protocol of sd_notify(3). Never waits
 * for a manager that is slow.
 */
#ifndef KPL011_SDNOTIFY_H
#define KPL011_SDNOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

enum sdnotify {
	SDNOTIFY_MUST, /* kept, in order, until the manager takes it */
	SDNOTIFY_MAY,  /* dropped if the manager does not take it */
};

/* Begins to try again what is kept, in the loop; sdnotify_end() tries for the last time. */
bool sdnotify_begin(struct loop *loop);
void sdnotify_end(void);

/* Sends "READY=1" or the like; does nothing without $NOTIFY_SOCKET. */
void sdnotify(enum sdnotify how, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* How often to tell the manager that this process is alive, in milliseconds; 0: never. */
uint64_t sdnotify_watchdog(void);

#endif /* KPL011_SDNOTIFY_H */
