/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings of [daemon] and of [owner PATTERN]. */
#ifndef KPL011_POLICY_DAEMON_H
#define KPL011_POLICY_DAEMON_H

#include "daemon/policy.h"

/* An [owner PATTERN] section. */
struct policy_owner {
	size_t line;
	char *pattern;	  /* of the owner's name or uid */
	unsigned int set; /* a bit for each of @limits */
	uint64_t limits[POLICY_LIMITS];
};

/* Room for a message that says what is wrong. */
#define POLICY_WHY_SIZE 512

/* Sets the defaults. */
void policy_daemon_init(struct policy *policy);
void policy_daemon_free(struct policy *policy);

/* Sets a line of [daemon]. Returns false if it is wrong; @why says how. */
bool policy_daemon_set(struct policy *policy, const char *name, const char *value,
		       char why[POLICY_WHY_SIZE]);

/* Begins a section of an owner. Returns false if there is no memory. */
bool policy_owner_add(struct policy *policy, const char *pattern, size_t line);

/* Sets a line of the owner section that was begun last. */
bool policy_owner_set(struct policy *policy, const char *name, const char *value,
		      char why[POLICY_WHY_SIZE]);

/* policy_never() for owner sections. */
size_t policy_owners_never(const struct policy *policy, policy_wrong_cb *tell, void *arg);

#endif /* KPL011_POLICY_DAEMON_H */
