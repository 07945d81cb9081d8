/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process of an alert's command, and its parent, a supervisor that ends everything that the
 * command has started: it is a subreaper, so that processes that leave the process group or lose
 * their parent are still its children.
 */
#ifndef KPL011_ALERTCHILD_H
#define KPL011_ALERTCHILD_H

#include <sys/types.h>

#include "daemon/alertrules.h"

enum alertchild_what {
	ALERTCHILD_FAILED, /* it could not be started: @err and @text */
	ALERTCHILD_ENDED,  /* it has ended, with @status as of wait(2) */
	ALERTCHILD_STAYS,  /* something could not be killed: @err; or 0: it does not end */
};

/* What is written to the pipe, each with one write(2). */
struct alertchild_report {
	enum alertchild_what what;
	int err;
	int status;
	char text[24];
};

/*
 * SIGTERM to the process that runs alertchild_run() makes it end all the others and itself,
 * within both of these times together: ALERTCHILD_GRACE_MS pass between SIGTERM and SIGKILL.
 */
#define ALERTCHILD_GRACE_MS 2000
#define ALERTCHILD_LAST_MS 1000

/**
 * alertchild_run - in a new process: run the command, and end what it leaves behind
 * @rule: whose command
 * @env: its environment
 * @report: the pipe for reports
 * @parent: the daemon; when it ends, so does everything here
 */
void __attribute__((noreturn))
alertchild_run(const struct alertrule *rule, char *const *env, int report, pid_t parent);

#endif /* KPL011_ALERTCHILD_H */
