// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders_keep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/payers.h"
#include "base/users.h"
#include "daemon/decide.h"
#include "source/source_port.h"

void recorders_limits(const char *base, struct keeper_limits *limits, void *arg)
{
	const struct recorders *all = arg;
	const struct recorder *recorder = index_base(&all->index, base);
	struct policy_decision decision;

	if (recorder)
		decision = recorder->decision;
	else
		decide_gone(all->policy, base, &decision);
	*limits = (struct keeper_limits){
		.files = decision.value[POLICY_KEEP_FILES],
		.bytes = decision.value[POLICY_KEEP_SIZE],
		.age = decision.value[POLICY_KEEP_AGE],
		.compress = decision.value[POLICY_COMPRESS],
	};
}

_Static_assert((int)POLICY_BUDGET == ARCHIVE_BYTES && (int)POLICY_FILES == ARCHIVE_FILES &&
		       (int)POLICY_GUESTS == ARCHIVE_GUESTS &&
		       (int)POLICY_LIMITS == ARCHIVE_MEASURES,
	       "the keeper's limits are the policy's");

void recorders_owner_limits(int64_t uid, uint64_t limits[ARCHIVE_MEASURES], void *arg)
{
	const struct recorders *all = arg;
	char user[USER_NAME_SIZE];

	if (uid == LOGNAME_OWN)
		uid = all->policy->plain;
	/* Avoid looking up the user's name for nothing, where users come from the network. */
	if (!all->policy->owner_count) {
		memset(limits, 0, ARCHIVE_MEASURES * sizeof(*limits));
		return;
	}
	policy_owner_limits(all->policy, (uid_t)uid, user_name((uid_t)uid, user), limits);
}

int64_t recorders_payer(int64_t uid, void *arg)
{
	const struct recorders *all = arg;
	uid_t payer;

	if (uid == LOGNAME_OWN)
		return uid;
	payer = payer_of((uid_t)uid);
	return payer == all->policy->plain ? LOGNAME_OWN : (int64_t)payer;
}

bool recorders_in_use(const char *base, bool clean, void *arg)
{
	const struct recorders *all = arg;
	const struct recorder *recorder = index_writer(&all->index, base);

	return recorder && recorder_writes(recorder, base, clean);
}

void recorders_rotate_log(const char *base, bool clean, void *arg)
{
	const struct recorders *all = arg;
	struct recorder *recorder = index_writer(&all->index, base);

	if (recorder)
		recorder_rotate_log(recorder, base, clean);
}

int64_t recorders_owner_of(const struct recorders *all, const struct recorder *recorder)
{
	uid_t uid = recorder->facts.uid;

	return uid == all->policy->plain ? LOGNAME_OWN : (int64_t)uid;
}

/* Each load of the module counts the ids of ports from the start again. */
bool recorders_owner_of_ledger(const char *name, int64_t *uid, void *arg)
{
	const struct recorders *all = arg;
	const struct recorder *recorder;
	struct ledger_port port = { 0 };
	char path[PORT_PATH_SIZE];
	struct ledger ledger;

	if (sscanf(name, "%u-%" SCNu64 ".", &port.id, &port.attach_ns) != 2)
		return true;
	recorder = index_id(&all->index, port.id);
	if (recorder && recorder->port.attach_ns == port.attach_ns) {
		*uid = recorders_owner_of(all, recorder);
		return true;
	}
	/* A port that cannot be asked now may exist. */
	if (!all->starting && !all->coming && (recorder || access(port_path(port.id, path), F_OK)))
		return false;
	if (!ledger_load(all->shared.dir.state, name, &ledger))
		*uid = logname_uid(ledger.base);
	return true;
}
