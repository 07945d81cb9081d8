/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A report (selfreport.h) as metrics. Pure, but for a look at the clock.
 */
#ifndef KPL011_OPENMETRICS_H
#define KPL011_OPENMETRICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum openmetrics_form {
	OPENMETRICS, /* of openmetrics.io */
	/*
	 * What the node exporter's textfile collector reads, which is older: there a counter's
	 * type has the name with _total. The rest is the same.
	 */
	OPENMETRICS_TEXTFILE,
};

/*
 * Begins with it: @guests: with those of each guest; @report stays until the end. NULL: no
 * memory. Then all of it that is done in so much time, as long as there is more; at its end the
 * text, to be freed, or NULL: no memory.
 */
struct openmetrics;
struct openmetrics *openmetrics_begin(const json_t *report, enum openmetrics_form form,
				      bool guests);
bool openmetrics_go_on(struct openmetrics *metrics, uint64_t turn_ns);
char *openmetrics_end(struct openmetrics *metrics);

/* All of that at once. */
char *openmetrics_make(const json_t *report, enum openmetrics_form form, bool guests);

#endif /* KPL011_OPENMETRICS_H */
