/* SPDX-License-Identifier: GPL-2.0-only */
/* Internals of the policy's files: a section as it was read. */
#ifndef KPL011_POLICY_IN_H
#define KPL011_POLICY_IN_H

#include "daemon/policy.h"

/* Conditions of a section, other than the guest's name and address. */
enum policy_condition {
	POLICY_USER,
	POLICY_COMMAND,
	POLICY_UUID,
	POLICY_UNIT,
	POLICY_CGROUP,
	POLICY_CONDITIONS,
};

/* A [defaults] or [guest PATTERN] section. */
struct policy_rule {
	size_t line;
	char *name; /* patterns; NULL: any */
	char *patterns[POLICY_CONDITIONS];
	uint64_t address;
	bool has_address;
	uint32_t set; /* a bit for each of @value */
	uint64_t value[POLICY_SETTINGS];
	uint64_t alerts;
	bool has_alerts;
};

_Static_assert(POLICY_SETTINGS <= 32, "a bit for each");

/* Returns the setting's name, such as "user". */
const char *policy_condition_name(enum policy_condition condition);

bool policy_rule_matches(const struct policy_rule *rule, const struct policy_guest *guest);

#endif /* KPL011_POLICY_IN_H */
