/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the daemon's logs are, and what it says of itself there.
 */
#ifndef KPL011_WHERE_H
#define KPL011_WHERE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "base/status.h"
#include "daemon/daemon.h"
#include "daemon/policy.h"

/* The directory of the logs. False: that cannot be told. */
bool where_logs_are(const struct daemon_options *options, const struct policy *policy,
		    char path[PATH_MAX]);

/*
 * The report (selfreport.h) of the daemon, as it was written last; "running" is whether one runs
 * now. NULL: there is none, and @status why: STATUS_NO_GUEST if there is no daemon, and
 * nothing was said; else that was told.
 */
json_t *where_report(const struct daemon_options *options, enum status *status);

#endif /* KPL011_WHERE_H */
