// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
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
		msg_error("cannot read the policy %s: %s", path, strerror(-err));
	policy_free(policy);
	return STATUS_FAILED;
}

void decide_look(pid_t pid, struct decide_seen *seen)
{
	*seen = (struct decide_seen){ 0 };
	if (!pid)
		return;
	seen->command = vmfind_command(pid);
	seen->cgroup = vmfind_cgroup(pid);
	if (seen->cgroup && !cgroup_unit(seen->cgroup, seen->unit))
		seen->unit[0] = '\0';
	if (!vmfind_uuid(pid, seen->uuid))
		seen->uuid[0] = '\0';
}

void decide_forget(struct decide_seen *seen)
{
	free(seen->command);
	free(seen->cgroup);
	*seen = (struct decide_seen){ 0 };
}

static void decide(const struct policy *policy, const char *name, uid_t uid, uint64_t gpa,
		   const struct decide_seen *seen, struct policy_decision *decision)
{
	char user[USER_NAME_SIZE];
	struct policy_guest guest = {
		.name = name,
		.user = user_name(uid, user),
		.uid = uid,
		.command = seen->command,
		.uuid = seen->uuid[0] ? seen->uuid : NULL,
		.unit = seen->unit[0] ? seen->unit : NULL,
		.cgroup = seen->cgroup,
		.gpa = gpa,
	};

	policy_decide(policy, &guest, decision);
}

void decide_process(const struct policy *policy, pid_t pid, const char *name, uid_t uid,
		    struct policy_decision *decision)
{
	struct decide_seen seen;

	decide_look(pid, &seen);
	decide(policy, name, uid, 0, &seen, decision);
	decide_forget(&seen);
}

void decide_port(const struct policy *policy, const struct source_facts *facts,
		 const struct decide_seen *seen, struct policy_decision *decision)
{
	decide(policy, facts->name, facts->uid, facts->gpa, seen, decision);
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
