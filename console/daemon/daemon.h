/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kpl011 daemon: attaches every VM that the policy selects, and logs every guest. Also what its
 * options --check and --status do.
 */
#ifndef KPL011_DAEMON_H
#define KPL011_DAEMON_H

#include <stdbool.h>

#include "base/status.h"

struct daemon_options {
	const char *config;    /* NULL: POLICY_PATH, if that exists */
	const char *directory; /* NULL: as the policy says, or the default */
};

/* Runs until a signal stops it. If it fails, it has printed why. */
enum status daemon_run(const struct daemon_options *options);

/* Reads the policy, and prints what it would do with the guests that exist now. */
enum status daemon_check(const struct daemon_options *options);

/* Prints the report of the daemon that runs, or that ran last. */
enum status daemon_status(const struct daemon_options *options, bool as_json);

#endif /* KPL011_DAEMON_H */
