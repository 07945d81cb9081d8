/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's report on itself: a JSON object of which `kpl011 daemon
 * --status` and metrics are made. The daemon writes it now and then to a file
 * next to the ledgers, for anybody who may read the logs.
 */
#ifndef KPL011_SELFREPORT_H
#define KPL011_SELFREPORT_H

#include <jansson.h>

#include "daemon/recorders.h"

/* Below the directory of the logs. */
#define REPORT_PATH ".kpl011/status"

/* How often a report is written; and how often if there are metrics. */
#define REPORT_EVERY_MS 60000
#define REPORT_METRICS_MS 15000
#define REPORT_NEWS_MS 5000 /* after what fails has changed */

/*
 * A report on the ports of this host only, where no daemon has written one. NULL: no memory, or no
 * module.
 */
json_t *report_of_ports(void);

struct report;

/*
 * Looks at the ports, and writes the report, and metrics if the policy says so; prints once what
 * fails. Returns true if the turn is over: call it again.
 */
bool report_write(struct recorders *all);

/* The same when the daemon ends, without turns. */
void report_write_last(struct recorders *all);

/* Frees a report that was not written. */
void report_free(struct report *report);

#endif /* KPL011_SELFREPORT_H */
