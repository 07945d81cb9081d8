/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report (selfreport.h) as metrics. Pure.
 */
#ifndef KPL011_OPENMETRICS_H
#define KPL011_OPENMETRICS_H

#include <jansson.h>
#include <stdbool.h>

enum openmetrics_form {
	OPENMETRICS, /* of openmetrics.io */
	/*
	 * What the node exporter's textfile collector reads, which is older: there a counter's
	 * type has the name with _total. The rest is the same.
	 */
	OPENMETRICS_TEXTFILE,
};

/* @guests: with those of each guest. To be freed; NULL: no memory. */
char *openmetrics_make(const json_t *report, enum openmetrics_form form, bool guests);

#endif /* KPL011_OPENMETRICS_H */
