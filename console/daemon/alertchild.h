/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process of an alert's command, and one above it that ends all of what the command has
 * started. Who leaves the process group, or whose parent ends, is its child still.
 */
#ifndef KPL011_ALERTCHILD_H
#define KPL011_ALERTCHILD_H

#include <sys/types.h>

#include "daemon/alertrules.h"

enum alertchild_what {
	ALERTCHILD_FAILED, /* to begin: @err and @text */
	ALERTCHILD_ENDED,  /* with @status of wait(2) */
	ALERTCHILD_STAYS,  /* not all of it could be ended: @err, or 0 where it does not end */
};

/* What is written to a pipe, each at once. */
struct alertchild_report {
	enum alertchild_what what;
	int err;
	int status;
	char text[24];
};

/*
 * Between SIGTERM and SIGKILL. SIGTERM to the process that alertchild_run() has made has it end
 * all the others and itself, in so long and ALERTCHILD_LAST_MS at most.
 */
#define ALERTCHILD_GRACE_MS 2000
#define ALERTCHILD_LAST_MS 1000

/**
 * alertchild_run - in a new process: run the command, and end what is left of it
 * @rule: whose command
 * @env: its environment
 * @report: where to report
 * @parent: the daemon; when that ends, so does all of this
 */
void __attribute__((noreturn))
alertchild_run(const struct alertrule *rule, char *const *env, int report, pid_t parent);

#endif /* KPL011_ALERTCHILD_H */
