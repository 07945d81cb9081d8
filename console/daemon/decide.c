// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/regular.h"
#include "base/users.h"
#include "daemon/logname.h"

enum status decide_load(const char *config, struct policy *policy)
{
	const char *path = config ? config : POLICY_PATH;
	int err;

	policy_init(policy);
	err = policy_read(policy, path);
	if (!err || (err == -ENOENT && !config))
		return STATUS_OK;
	if (err != -EINVAL)
		msg_error("cannot read the policy %s: %s", path, regular_reason(err));
	policy_free(policy);
	return STATUS_FAILED;
}

size_t decide_say_never(const char *config, const struct policy *policy)
{
	return policy_say_never(policy, config ? config : POLICY_PATH);
}

/*
 * Returns the command line, which the caller frees; NULL: unknown, or the policy does not ask for
 * it.
 */
static char *look(const struct policy *policy, pid_t pid, struct decide_seen *seen)
{
	struct decide_seen now = { 0 };
	char *command = NULL;

	/* It has just ended: what was known about it stays. */
	if (getpgid(pid) < 0 && errno == ESRCH)
		return NULL;
	if (policy->asks_command)
		command = vmfind_command(pid);
	if (policy->asks_cgroup)
		now.cgroup = vmfind_cgroup(pid);
	if (now.cgroup && !cgroup_unit(now.cgroup, now.unit))
		now.unit[0] = '\0';
	if (policy->asks_uuid && !vmfind_uuid(pid, now.uuid))
		now.uuid[0] = '\0';
	decide_forget(seen);
	*seen = now;
	return command;
}

void decide_forget(struct decide_seen *seen)
{
	policy_met_free(&seen->met);
	free(seen->cgroup);
	*seen = (struct decide_seen){ 0 };
}

static void decide(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		   uint64_t gpa, struct decide_seen *seen, struct policy_decision *decision)
{
	char *command = pid ? look(policy, pid, seen) : NULL;
	char user[USER_NAME_SIZE];
	struct policy_guest guest = {
		.name = name,
		.user = user_name(uid, user),
		.uid = uid,
		.command = command,
		.met = &seen->met,
		.uuid = seen->uuid[0] ? seen->uuid : NULL,
		.unit = seen->unit[0] ? seen->unit : NULL,
		.cgroup = seen->cgroup,
		.gpa = gpa,
	};

	policy_decide(policy, &guest, decision);
	free(command);
}

void decide_process(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		    struct policy_decision *decision)
{
	struct decide_seen seen = { 0 };

	decide(policy, pid, name, uid, 0, &seen, decision);
	decide_forget(&seen);
}

void decide_port(const struct policy *policy, const struct source_facts *facts, pid_t pid,
		 struct decide_seen *seen, struct policy_decision *decision)
{
	decide(policy, pid, facts->name, facts->uid, facts->gpa, seen, decision);
}

void decide_gone(const struct policy *policy, const char *base, struct policy_decision *decision)
{
	int64_t uid = logname_uid(base);
	char name[LOGNAME_SIZE];
	char user[USER_NAME_SIZE];
	struct policy_guest guest = {
		.name = logname_guest(base, name),
		.uid = uid == LOGNAME_OWN ? policy->plain : (uid_t)uid,
	};

	guest.user = user_name(guest.uid, user);
	policy_decide(policy, &guest, decision);
}
