// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/policy_daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/glob.h"
#include "base/human.h"
#include "base/users.h"
#include "daemon/section.h"

#define METRICS_END ".prom"

#define JOURNAL "/run/systemd/journal/socket"

static const struct {
	const char *name;
	bool bytes;
	uint64_t otherwise;
	uint64_t min;
	const char *what;
} limits[POLICY_LIMITS] = {
	[POLICY_BUDGET] = { "budget", true, (uint64_t)4 << 30, 1 << 20,
			    "a size like 10G, at least 1M, or never" },
	[POLICY_FILES] = { "files", false, 100000, 10, "a number, at least 10, or all" },
	[POLICY_GUESTS] = { "guests", false, 10000, 1, "a number, at least 1, or all" },
};

void policy_daemon_init(struct policy *policy)
{
	strcpy(policy->journal, JOURNAL);
	for (int i = 0; i < POLICY_LIMITS; i++)
		policy->limits[i] = limits[i].otherwise;
}

void policy_daemon_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->owner_count; i++)
		free(policy->owners[i].pattern);
	free(policy->owners);
}

/* Returns -1 if it is not a limit. */
static int find_limit(const char *name)
{
	for (int i = 0; i < POLICY_LIMITS; i++)
		if (!strcmp(name, limits[i].name))
			return i;
	return -1;
}

static bool set_limit(int which, const char *value, uint64_t *limit, char why[POLICY_WHY_SIZE])
{
	uint64_t min = limits[which].min;

	if (!strcmp(value, "never") || !strcmp(value, "all")) {
		*limit = 0;
		return true;
	}
	if (limits[which].bytes ? human_parse_size(value, min, UINT64_MAX, limit)
				: human_parse(value, min, UINT64_MAX, limit))
		return true;
	snprintf(why, POLICY_WHY_SIZE, "%s is '%s': it is %s", limits[which].name, value,
		 limits[which].what);
	return false;
}

static bool set_path(const char *name, const char *value, char path[PATH_MAX],
		     char why[POLICY_WHY_SIZE])
{
	if (*value == '/') {
		snprintf(path, PATH_MAX, "%s", value);
		return true;
	}
	snprintf(why, POLICY_WHY_SIZE, "%s is '%s': it is a path from /", name, value);
	return false;
}

/* The node exporter reads only files with this ending. */
static bool set_metrics(struct policy *policy, const char *value, char why[POLICY_WHY_SIZE])
{
	const char *name = strrchr(value, '/');

	if (!strcmp(value, "none")) {
		policy->metrics[0] = '\0';
		return true;
	}
	if (!set_path("metrics", value, policy->metrics, why))
		return false;
	if (strlen(name + 1) > strlen(METRICS_END) &&
	    !strcmp(name + strlen(name) - strlen(METRICS_END), METRICS_END))
		return true;
	snprintf(why, POLICY_WHY_SIZE,
		 "metrics is '%s': it is the path of a file that ends with " METRICS_END
		 ", since the node exporter reads no other",
		 value);
	return false;
}

static bool set_journal(struct policy *policy, const char *value, char why[POLICY_WHY_SIZE])
{
	const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (!set_path("journal-socket", value, policy->journal, why))
		return false;
	if (strlen(value) <= max && value[strlen(value) - 1] != '/')
		return true;
	snprintf(why, POLICY_WHY_SIZE,
		 "journal-socket is '%s': it is the path of a socket, at most %zu bytes", value,
		 max);
	return false;
}

static bool set_flag(const char *name, const char *value, bool *flag, char why[POLICY_WHY_SIZE])
{
	*flag = !strcmp(value, "yes");
	if (*flag || !strcmp(value, "no"))
		return true;
	snprintf(why, POLICY_WHY_SIZE, "%s is '%s': it is yes or no", name, value);
	return false;
}

bool policy_daemon_set(struct policy *policy, const char *name, const char *value,
		       char why[POLICY_WHY_SIZE])
{
	int which = find_limit(name);

	if (!strcmp(name, "directory"))
		return set_path(name, value, policy->directory, why);
	if (!strcmp(name, "journal-socket"))
		return set_journal(policy, value, why);
	if (!strcmp(name, "metrics"))
		return set_metrics(policy, value, why);
	if (!strcmp(name, "metrics-guests"))
		return set_flag(name, value, &policy->metrics_guests, why);
	if (which >= 0)
		return set_limit(which, value, &policy->limits[which], why);
	snprintf(why, POLICY_WHY_SIZE, "[daemon] has no setting '%s'", name);
	return false;
}

bool policy_owner_add(struct policy *policy, const char *pattern, size_t line)
{
	struct policy_owner *owners;
	char *copy;

	owners = reallocarray(policy->owners, policy->owner_count + 1, sizeof(*owners));
	if (!owners)
		return false;
	policy->owners = owners;
	copy = strdup(pattern);
	if (!copy)
		return false;
	owners[policy->owner_count++] = (struct policy_owner){ .pattern = copy, .line = line };
	return true;
}

bool policy_owner_set(struct policy *policy, const char *name, const char *value,
		      char why[POLICY_WHY_SIZE])
{
	struct policy_owner *owner = &policy->owners[policy->owner_count - 1];
	int which = find_limit(name);

	if (which >= 0) {
		owner->set |= 1u << which;
		return set_limit(which, value, &owner->limits[which], why);
	}
	snprintf(why, POLICY_WHY_SIZE,
		 "owners have no setting '%s': they have budget, files and guests", name);
	return false;
}

void policy_owner_limits(const struct policy *policy, uid_t uid, const char *user,
			 uint64_t out[POLICY_LIMITS])
{
	char number[HUMAN_SIZE];

	memset(out, 0, POLICY_LIMITS * sizeof(*out));
	snprintf(number, sizeof(number), "%u", uid);
	for (size_t i = 0; i < policy->owner_count; i++) {
		const struct policy_owner *owner = &policy->owners[i];

		if (!glob_matches(owner->pattern, user) && strcmp(owner->pattern, number))
			continue;
		for (int which = 0; which < POLICY_LIMITS; which++)
			if (owner->set & 1u << which)
				out[which] = owner->limits[which];
	}
}

size_t policy_owners_never(const struct policy *policy, policy_wrong_cb *tell, void *arg)
{
	size_t count = 0;
	char reason[256];
	char why[768];

	for (size_t i = 0; i < policy->owner_count; i++) {
		const struct policy_owner *owner = &policy->owners[i];

		if (!section_never(owner->pattern, USER_NAME_SIZE - 1, reason, sizeof(reason)))
			continue;
		snprintf(why, sizeof(why), "[owner %s] matches no user: %s", owner->pattern,
			 reason);
		tell(owner->line, why, arg);
		count++;
	}
	return count;
}
