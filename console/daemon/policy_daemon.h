/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of [daemon] and of [owner PATTERN]. */
#ifndef KPL011_POLICY_DAEMON_H
#define KPL011_POLICY_DAEMON_H

#include "daemon/policy.h"

/* Of an owner's logs. */
struct policy_owner {
	size_t line;
	char *pattern;	  /* of the owner's name or number */
	unsigned int set; /* a bit for each of @limits */
	uint64_t limits[POLICY_LIMITS];
};

/* Room for what is wrong. */
#define POLICY_WHY_SIZE 512

/* What holds unless said. */
void policy_daemon_init(struct policy *policy);
void policy_daemon_free(struct policy *policy);

/* A line of [daemon]; false: it is wrong, and @why says how. */
bool policy_daemon_set(struct policy *policy, const char *name, const char *value,
		       char why[POLICY_WHY_SIZE]);

/* Begins such a section. False: no memory. */
bool policy_owner_add(struct policy *policy, const char *pattern, size_t line);

/* A line of the one that was begun last. */
bool policy_owner_set(struct policy *policy, const char *name, const char *value,
		      char why[POLICY_WHY_SIZE]);

/* policy_never() of these sections. */
size_t policy_owners_never(const struct policy *policy, policy_wrong_cb *tell, void *arg);

#endif /* KPL011_POLICY_DAEMON_H */
