/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of 'kpl011 doctor': whether this host has what guests with ports need.
 */
#ifndef KPL011_CHECKS_H
#define KPL011_CHECKS_H

#include <limits.h>

enum finding_level {
	FINDING_OK,
	FINDING_WARNING, /* something may not work, or not for every user or VM */
	FINDING_WRONG,	 /* no guest can have a port */
};

struct finding {
	const char *check; /* one word */
	enum finding_level level;
	char text[512];
	char todo[512]; /* what the user can do; empty: nothing */
};

typedef void finding_cb(const struct finding *finding, void *arg);

/* Makes all checks, and calls @cb with each finding. */
void checks_run(finding_cb *cb, void *arg);

#endif /* KPL011_CHECKS_H */
