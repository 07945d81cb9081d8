// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/policy_in.h"

#include <argz.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/human.h"
#include "base/users.h"
#include "daemon/policy_daemon.h"
#include "daemon/section.h"
#include "guests/cgroup.h"
#include "qemu/qemu_args.h"
#include "source/source.h"

const char *policy_condition_name(enum policy_condition condition)
{
	static const char *const names[] = { "user", "command", "uuid", "unit", "cgroup" };

	return names[condition];
}

static const char *known_of(const struct policy_guest *guest, enum policy_condition condition)
{
	switch (condition) {
	case POLICY_USER:
		return guest->user;
	case POLICY_UUID:
		return guest->uuid;
	case POLICY_UNIT:
		return guest->unit;
	case POLICY_CGROUP:
	case POLICY_COMMAND:
	case POLICY_CONDITIONS:
		break;
	}
	return guest->cgroup;
}

void policy_met_free(struct policy_met *met)
{
	free(met->patterns);
	*met = (struct policy_met){ 0 };
}

static bool has_met(const struct policy_met *met, const char *pattern)
{
	for (const char *at = NULL; (at = argz_next(met->patterns, met->len, at));)
		if (!strcmp(at, pattern))
			return true;
	return false;
}

/*
 * The owner can make a command line long. Only the patterns that it matched are kept, which are no
 * longer than the policy.
 */
static bool meets_command(const struct policy_guest *guest, const char *pattern)
{
	if (!guest->command)
		return guest->met && has_met(guest->met, pattern);
	if (!glob_matches(pattern, guest->command))
		return false;
	if (guest->met && !has_met(guest->met, pattern))
		argz_add(&guest->met->patterns, &guest->met->len, pattern);
	return true;
}

static bool meets(const struct policy_guest *guest, enum policy_condition condition,
		  const char *pattern)
{
	const char *known = known_of(guest, condition);
	char number[HUMAN_SIZE];

	if (condition == POLICY_COMMAND)
		return meets_command(guest, pattern);
	if (!known)
		return false;
	if (glob_matches(pattern, known))
		return true;
	snprintf(number, sizeof(number), "%u", guest->uid);
	return condition == POLICY_USER && !strcmp(pattern, number);
}

bool policy_rule_matches(const struct policy_rule *rule, const struct policy_guest *guest)
{
	if (rule->name && !glob_matches(rule->name, guest->name))
		return false;
	for (int i = 0; i < POLICY_CONDITIONS; i++)
		if (rule->patterns[i] && !meets(guest, (enum policy_condition)i, rule->patterns[i]))
			return false;
	return !rule->has_address || rule->address == guest->gpa;
}

/* Whether the pattern begins neither with a wildcard nor with a character of @first. */
static bool begins_otherwise(const char *glob, const char *first)
{
	return !strchr("*?[", *glob) && !strchr(first, glob[*glob == '\\']);
}

/* Whether the pattern's type is one that no guest's unit has. */
static bool is_no_unit(const char *glob)
{
	static const char *const types[] = { ".service", ".scope" };
	const char *end = strrchr(glob, '.');

	if (strpbrk(end ? end : glob, "*?[\\"))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (end && !strcmp(end, types[i]))
			return false;
	return true;
}

static bool never_condition(enum policy_condition condition, const char *pattern, char *why,
			    size_t size)
{
	static const size_t longest[POLICY_CONDITIONS] = {
		[POLICY_USER] = USER_NAME_SIZE - 1,
		[POLICY_COMMAND] = SIZE_MAX,
		[POLICY_UUID] = QEMU_ARGS_UUID_SIZE - 1,
		[POLICY_UNIT] = CGROUP_UNIT_SIZE - 1,
		[POLICY_CGROUP] = SIZE_MAX,
	};

	if (section_never(pattern, longest[condition], why, size))
		return true;
	if (condition == POLICY_UUID && !strchr(pattern, '[') &&
	    pattern[strspn(pattern, "0123456789abcdef-*?\\")])
		snprintf(why, size, "a UUID has digits, a to f in lower case, and -");
	else if (condition == POLICY_CGROUP && begins_otherwise(pattern, "/"))
		snprintf(why, size, "a control group begins with /");
	else if (condition == POLICY_UNIT && (strchr(pattern, '/') || is_no_unit(pattern)))
		snprintf(why, size, "a unit ends with .service or .scope, and has no /");
	else
		return false;
	return true;
}

static bool never(const struct policy_rule *rule, char *why, size_t size)
{
	char reason[256];

	if (rule->name && section_never(rule->name, SOURCE_NAME_SIZE - 1, reason, sizeof(reason))) {
		snprintf(why, size, "[guest %s] matches no guest: %s", rule->name, reason);
		return true;
	}
	for (int i = 0; i < POLICY_CONDITIONS; i++) {
		enum policy_condition condition = (enum policy_condition)i;

		if (!rule->patterns[i] ||
		    !never_condition(condition, rule->patterns[i], reason, sizeof(reason)))
			continue;
		snprintf(why, size, "[guest %s] matches no guest, for its %s '%s': %s", rule->name,
			 policy_condition_name(condition), rule->patterns[i], reason);
		return true;
	}
	return false;
}

size_t policy_never(const struct policy *policy, policy_wrong_cb *tell, void *arg)
{
	size_t count = 0;
	char why[1024];

	for (size_t i = 0; i < policy->count; i++) {
		if (!never(&policy->rules[i], why, sizeof(why)))
			continue;
		tell(policy->rules[i].line, why, arg);
		count++;
	}
	return count + policy_owners_never(policy, tell, arg);
}
