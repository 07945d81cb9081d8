/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes metrics of a report (selfreport.h). Pure, except for the clock. */
#ifndef KPL011_OPENMETRICS_H
#define KPL011_OPENMETRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum openmetrics_form {
	OPENMETRICS, /* of openmetrics.io */
	/*
	 * The older format that the node exporter's textfile collector reads:
	 * the type of a counter is declared with _total in its name. The rest
	 * is the same.
	 */
	OPENMETRICS_TEXTFILE,
};

/*
 * Makes the metrics in turns. openmetrics_begin(): @report must stay until the end; @guests:
 * include those of each guest; NULL: no memory. openmetrics_go_on() works for about @turn_ns and
 * returns true while there is more. openmetrics_end() frees @metrics and returns the text, which
 * the caller frees, or NULL if there was no memory.
 */
struct openmetrics;
struct openmetrics *openmetrics_begin(const json_t *report, enum openmetrics_form form,
				      bool guests);
bool openmetrics_go_on(struct openmetrics *metrics, uint64_t turn_ns);
char *openmetrics_end(struct openmetrics *metrics);

/* Makes all of them at once. */
char *openmetrics_make(const json_t *report, enum openmetrics_form form, bool guests);

#endif /* KPL011_OPENMETRICS_H */
