// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg.h"
#include "base/users.h"
#include "daemon/logname.h"
#include "guests/vmfind.h"

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

void decide_process(const struct policy *policy, pid_t pid, const char *name, uint64_t gpa,
		    uid_t uid, struct policy_decision *decision)
{
	char user[USER_NAME_SIZE];
	char *command = pid ? vmfind_command(pid) : NULL;
	struct policy_guest guest = {
		.name = name,
		.user = user_name(uid, user),
		.uid = uid,
		.command = command,
		.gpa = gpa,
	};

	policy_decide(policy, &guest, decision);
	free(command);
}

void decide_port(const struct policy *policy, const struct source_facts *facts,
		 struct policy_decision *decision)
{
	decide_process(policy, facts->live ? facts->pid : 0, facts->name, facts->gpa, facts->uid,
		       decision);
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
