/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host needs so that guests can have ports, and whether it has it.
 */
#ifndef KPL011_CHECKS_H
#define KPL011_CHECKS_H

#include <limits.h>

enum finding_level {
	FINDING_OK,
	FINDING_WARNING, /* something does not work, or not for everybody */
	FINDING_WRONG,	 /* no guest can have a port */
};

struct finding {
	const char *check; /* one word */
	enum finding_level level;
	char text[512];
	char todo[512]; /* what to do; empty: nothing */
};

typedef void finding_cb(const struct finding *finding, void *arg);

/* Looks at everything; @cb is called for each finding. */
void checks_run(finding_cb *cb, void *arg);

#endif /* KPL011_CHECKS_H */
