/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policy says about a process or a port, by what the system knows about it. */
#ifndef KPL011_DECIDE_H
#define KPL011_DECIDE_H

#include "base/status.h"
#include "daemon/policy.h"
#include "guests/cgroup.h"
#include "guests/vmfind.h"
#include "source/source.h"

/*
 * What is known about a process, as far as the policy asks for it. It is kept, as it cannot be read
 * any more when the process is gone.
 */
struct decide_seen {
	struct policy_met met; /* of its command line */
	char *cgroup;	       /* NULL: unknown, as are the strings below if they are empty */
	char unit[CGROUP_UNIT_SIZE];
	char uuid[QEMU_ARGS_UUID_SIZE];
};

void decide_forget(struct decide_seen *seen);

/* Reads the policy, by default POLICY_PATH if that exists. Prints why it cannot. */
enum status decide_load(const char *config, struct policy *policy);

/* Prints which of its sections can never match, and returns how many these are. */
size_t decide_say_never(const char *config, const struct policy *policy);

/* Decides about a process that has no port yet. */
void decide_process(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		    struct policy_decision *decision);

/**
 * decide_port - decide about a port
 * @policy: the policy
 * @facts: about the port
 * @pid: its process, which is read again; 0: it is gone
 * @seen: what is known about its process, brought up to date; free it with
 *	  decide_forget()
 * @decision: the result
 */
void decide_port(const struct policy *policy, const struct source_facts *facts, pid_t pid,
		 struct decide_seen *seen, struct policy_decision *decision);

/* Decides about a guest that does not exist any more, by the base name of its logs. */
void decide_gone(const struct policy *policy, const char *base, struct policy_decision *decision);

#endif /* KPL011_DECIDE_H */
