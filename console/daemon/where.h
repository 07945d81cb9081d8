/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the daemon's logs, and the report that it writes there. */
#ifndef KPL011_WHERE_H
#define KPL011_WHERE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "base/status.h"
#include "daemon/daemon.h"
#include "daemon/policy.h"

/* Gets the directory of the logs. Returns false if that is not known. */
bool where_logs_are(const struct daemon_options *options, const struct policy *policy,
		    char path[PATH_MAX]);

/*
 * Reads the report (selfreport.h) that the daemon wrote last, and adds "running": whether one runs
 * now. NULL: there is none, and @status says why. STATUS_NO_GUEST: there is no daemon, and nothing
 * was printed; otherwise the error was.
 */
json_t *where_report(const struct daemon_options *options, enum status *status);

#endif /* KPL011_WHERE_H */
