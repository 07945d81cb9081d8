/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the policy says of a process or of a port, with what the system knows
 * about them.
 */
#ifndef KPL011_DECIDE_H
#define KPL011_DECIDE_H

#include "base/status.h"
#include "daemon/policy.h"
#include "source/source.h"

/* Reads the policy; NULL: POLICY_PATH, if it is there. Says why it cannot. */
enum status decide_load(const char *config, struct policy *policy);

/* @gpa: of its port, or 0. @pid: 0: it is gone. */
void decide_process(const struct policy *policy, pid_t pid, const char *name, uint64_t gpa,
		    uid_t uid, struct policy_decision *decision);
void decide_port(const struct policy *policy, const struct source_facts *facts,
		 struct policy_decision *decision);

/* Of a guest that is not there any more, by what its logs begin with. */
void decide_gone(const struct policy *policy, const char *base, struct policy_decision *decision);

#endif /* KPL011_DECIDE_H */
