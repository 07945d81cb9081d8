/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kpl011 daemon: attaches every VM that the policy says, and logs every guest.
 */
#ifndef KPL011_DAEMON_H
#define KPL011_DAEMON_H

#include <stdbool.h>

#include "base/status.h"

struct daemon_options {
	const char *config;    /* NULL: POLICY_PATH, if it is there */
	const char *directory; /* NULL: as the policy says, or as is usual */
};

/* Until it is told to stop. It has said why if it failed. */
enum status daemon_run(const struct daemon_options *options);

/* Reads the policy, and prints what it would do with the guests there are. */
enum status daemon_check(const struct daemon_options *options);

/* Prints what the one that runs, or ran last, has told. */
enum status daemon_status(const struct daemon_options *options, bool as_json);

#endif /* KPL011_DAEMON_H */
