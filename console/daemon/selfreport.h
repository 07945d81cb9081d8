/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon says of itself: an object of JSON, of which `kpl011 daemon --status` and
 * metrics are made. It is written to a file beside the ledgers now and then, for whoever
 * may read the logs.
 */
#ifndef KPL011_SELFREPORT_H
#define KPL011_SELFREPORT_H

#include <jansson.h>

#include "daemon/recorders.h"

/* Below the directory of the logs. */
#define REPORT_PATH ".kpl011/status"

/* Between two of them, and where there are metrics. */
#define REPORT_EVERY_MS 60000
#define REPORT_METRICS_MS 15000
#define REPORT_NEWS_MS 5000 /* when what fails is another than before */

/* Of the ports of this host alone, where no daemon tells. NULL: no memory, or no module. */
json_t *report_of_ports(void);

struct report;

/*
 * Looks at the ports, and writes it where it belongs, and metrics where the policy says; tells
 * what fails, once. True: the turn is over, and it is to be called again.
 */
bool report_write(struct recorders *all);

/* The same at the end, in one go. */
void report_write_last(struct recorders *all);

/* What is not written. */
void report_free(struct report *report);

#endif /* KPL011_SELFREPORT_H */
