/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the policy says of a process or of a port, with what the system knows
 * about them.
 */
#ifndef KPL011_DECIDE_H
#define KPL011_DECIDE_H

#include "base/status.h"
#include "daemon/policy.h"
#include "guests/cgroup.h"
#include "guests/vmfind.h"
#include "source/source.h"

/* A process as it is seen; who is gone is known by this. */
struct decide_seen {
	char *command; /* NULL: not known, as the others when they are empty */
	char *cgroup;
	char unit[CGROUP_UNIT_SIZE];
	char uuid[QEMU_ARGS_UUID_SIZE];
};

/* @pid: 0: it is gone, and nothing is known. To be given to decide_forget(). */
void decide_look(pid_t pid, struct decide_seen *seen);
void decide_forget(struct decide_seen *seen);

/* Reads the policy; NULL: POLICY_PATH, if it is there. Says why it cannot. */
enum status decide_load(const char *config, struct policy *policy);

/* A process that has no port yet. */
void decide_process(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		    struct policy_decision *decision);

/* A port, of a process that was seen. */
void decide_port(const struct policy *policy, const struct source_facts *facts,
		 const struct decide_seen *seen, struct policy_decision *decision);

/* A guest that is not there any more, by what its logs begin with. */
void decide_gone(const struct policy *policy, const char *base, struct policy_decision *decision);

#endif /* KPL011_DECIDE_H */
