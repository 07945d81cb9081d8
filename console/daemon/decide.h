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

/* What is kept of a process, as far as the policy asks for it; who is gone is known by this. */
struct decide_seen {
	struct policy_met met; /* of its command line */
	char *cgroup;	       /* NULL: not known, as the others when they are empty */
	char unit[CGROUP_UNIT_SIZE];
	char uuid[QEMU_ARGS_UUID_SIZE];
};

void decide_forget(struct decide_seen *seen);

/* Reads the policy; NULL: POLICY_PATH, if it is there. Says why it cannot. */
enum status decide_load(const char *config, struct policy *policy);

/* Tells which of its sections can never match; returns how many these are. */
size_t decide_say_never(const char *config, const struct policy *policy);

/* A process that has no port yet. */
void decide_process(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		    struct policy_decision *decision);

/**
 * decide_port - decide about a port
 * @policy: the policy
 * @facts: of the port
 * @pid: its process, which is looked at; 0: it is gone
 * @seen: what is known of its process from before, and is kept now; to be given to
 *	  decide_forget()
 * @decision: what came of it
 */
void decide_port(const struct policy *policy, const struct source_facts *facts, pid_t pid,
		 struct decide_seen *seen, struct policy_decision *decision);

/* A guest that is not there any more, by what its logs begin with. */
void decide_gone(const struct policy *policy, const char *base, struct policy_decision *decision);

#endif /* KPL011_DECIDE_H */
