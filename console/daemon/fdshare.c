// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fdshare.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/msg.h"
#include "base/users.h"
#include "daemon/recorder.h"

/*
 * Reserved for the policy, the search for VMs, compression, reports and commands of alerts: this
 * number, and this part of all.
 */
#define OWN_MIN 40
#define OWN_PART 64

/* Owners decide how often their guests come and go: not each time is worth a message. */
#define TELL_NS ((uint64_t)60 * 1000000000)

/* A log opens its port, its ledger and its file; the journal and the alerts have no file. */
static size_t needed_by(const struct policy_decision *decision)
{
	uint64_t logs = decision->value[POLICY_LOG];
	size_t n = decision->alerts ? 2 : 0;

	n += logs & POLICY_LOG_JOURNAL ? 2 : 0;
	logs &= ~(uint64_t)POLICY_LOG_JOURNAL;
	return n + 3 * (size_t)__builtin_popcountll(logs);
}

void fdshare_init(struct fdshare *share)
{
	struct rlimit limit;
	size_t all = 1024;
	size_t own;

	if (!getrlimit(RLIMIT_NOFILE, &limit))
		all = limit.rlim_cur < INT32_MAX ? (size_t)limit.rlim_cur : INT32_MAX;
	own = OWN_MIN + all / OWN_PART;
	*share = (struct fdshare){ .max = all > own + all / 4 ? all - own : all / 4 };
}

void fdshare_free(struct fdshare *share)
{
	free(share->owners);
	*share = (struct fdshare){ 0 };
}

/* Whether an owner has nothing, and no recent message to remember. */
static bool is_free(const struct fdshare_owner *owner)
{
	return !owner->used && !owner->waiting &&
	       (!owner->told_ns || clock_passed(owner->told_ns, TELL_NS));
}

/*
 * NULL: out of memory. As there is no end to new owners, they take the places of those that are
 * gone.
 */
static struct fdshare_owner *find_owner(struct fdshare *share, uid_t uid)
{
	struct fdshare_owner *owners = share->owners;
	size_t place = share->count;

	for (size_t i = 0; i < share->count; i++) {
		if (owners[i].uid == uid)
			return &owners[i];
		if (place == share->count && is_free(&owners[i]))
			place = i;
	}
	if (place == share->count) {
		owners = reallocarray(owners, share->count + 1, sizeof(*owners));
		if (!owners)
			return NULL;
		share->owners = owners;
		share->count++;
	}
	owners[place] = (struct fdshare_owner){ .uid = uid };
	return &owners[place];
}

/* The same. An owner that holds some or waits keeps its place, however many owners there are. */
static struct fdshare_owner *owner_of(struct fdshare *share, struct recorder *recorder)
{
	struct fdshare_owner *owner;

	if (recorder->held || recorder->waits)
		return &share->owners[recorder->sharer];
	owner = find_owner(share, recorder->payer);
	if (owner)
		recorder->sharer = (size_t)(owner - share->owners);
	return owner;
}

static void tell(struct fdshare *share, struct fdshare_owner *owner)
{
	char user[USER_NAME_SIZE];

	if (owner->waiting && !owner->told &&
	    (!owner->told_ns || clock_passed(owner->told_ns, TELL_NS))) {
		msg_error(
			"guests of %s are not logged at the moment: they would use more than their share of the %zu file descriptors for guests",
			user_name(owner->uid, user), share->max);
		msg_more(
			"They wait until others end; --status says how many wait, and LimitNOFILE= gives the daemon more.");
		owner->told = true;
		owner->told_ns = clock_ns();
	} else if (!owner->waiting && owner->told) {
		msg_error("guests of %s no longer wait for file descriptors",
			  user_name(owner->uid, user));
		owner->told = false;
	}
}

static void give_back(struct fdshare *share, struct recorder *recorder)
{
	if (!recorder->held)
		return;
	owner_of(share, recorder)->used -= recorder->held;
	share->used -= recorder->held;
	recorder->held = 0;
}

void fdshare_leave(struct fdshare *share, struct recorder *recorder)
{
	struct fdshare_owner *owner;

	if (!recorder->held && !recorder->waits)
		return;
	owner = owner_of(share, recorder);
	owner->waiting -= recorder->waits;
	share->waiting -= recorder->waits;
	/* The guest's next life may have waited for it. */
	share->freed = true;
	give_back(share, recorder);
	if (recorder->waits) {
		recorder->waits = false;
		tell(share, owner);
	}
}

static void let_wait(struct fdshare *share, struct fdshare_owner *owner, struct recorder *recorder)
{
	recorder_rest(recorder);
	recorder->broken = false;
	recorder->waits = true;
	owner->waiting++;
	share->waiting++;
	tell(share, owner);
}

static void wait_for_some(struct fdshare *share, struct fdshare_owner *owner,
			  struct recorder *recorder)
{
	let_wait(share, owner, recorder);
	/*
	 * The next lives of its guest continue when it is done: until then they have no use for
	 * theirs.
	 */
	for (struct recorder *r = recorder->after; r; r = r->after) {
		if (!r->held || r->done)
			continue;
		owner = owner_of(share, r);
		give_back(share, r);
		share->freed = true;
		let_wait(share, owner, r);
	}
}

static bool follows_one_that_waits(const struct recorder *recorder)
{
	for (const struct recorder *r = recorder->before; r; r = r->before)
		if (r->waits)
			return true;
	return false;
}

/* The owner that has the most; NULL: nobody has any. */
static struct fdshare_owner *greatest(struct fdshare *share)
{
	struct fdshare_owner *most = NULL;

	for (size_t i = 0; i < share->count; i++)
		if (share->owners[i].used && (!most || share->owners[i].used > most->used))
			most = &share->owners[i];
	return most;
}

/* Takes some from an owner who has more, and who keeps at least @used. */
static bool take_one_from(struct fdshare *share, struct recorder *first,
			  struct fdshare_owner *owner, size_t used)
{
	struct recorder *newest = NULL;

	for (struct recorder *r = first; r; r = r->next)
		/* A recorder that is done is about to be closed anyway. */
		if (r->held && !r->done && r->payer == owner->uid && owner->used >= used + r->held)
			newest = r;
	if (!newest)
		return false;
	give_back(share, newest);
	wait_for_some(share, owner, newest);
	return true;
}

/* Frees descriptors until @needed fit. True: they do. */
static bool make_room(struct fdshare *share, struct recorder *first, struct fdshare_owner *owner,
		      size_t needed)
{
	while (share->used + needed > share->max) {
		struct fdshare_owner *most = greatest(share);

		/* A recorder that needs more than there are must not close everybody else's. */
		if (!most || most == owner || needed > share->max ||
		    !take_one_from(share, first, most, owner->used + needed))
			return false;
	}
	return true;
}

bool fdshare_enter(struct fdshare *share, struct recorder *first, struct recorder *recorder)
{
	size_t needed = needed_by(&recorder->decision);
	struct fdshare_owner *owner = owner_of(share, recorder);
	bool waited = recorder->waits;
	size_t had = recorder->held;

	if (!owner)
		return true;
	owner->waiting -= waited;
	share->waiting -= waited;
	give_back(share, recorder);
	recorder->waits = false;
	if (needed &&
	    (follows_one_that_waits(recorder) || !make_room(share, first, owner, needed))) {
		share->freed |= had;
		wait_for_some(share, owner, recorder);
		return false;
	}
	owner->used += needed;
	share->used += needed;
	recorder->held = needed;
	/* It may not have been its turn, or its next life can continue now. */
	share->freed |= share->waiting;
	if (waited)
		tell(share, owner);
	return true;
}

/* @most: the owner that has the most, or NULL. */
static bool may_enter(const struct fdshare *share, const struct fdshare_owner *most,
		      const struct fdshare_owner *owner, size_t needed)
{
	if (share->used + needed <= share->max)
		return true;
	return most && most != owner && most->used >= owner->used + 2 * needed;
}

struct recorder *fdshare_next(struct fdshare *share, struct recorder *first)
{
	const struct fdshare_owner *most;
	struct recorder *next = NULL;
	size_t least = SIZE_MAX;

	if (!share->waiting || !share->freed)
		return NULL;
	most = greatest(share);
	for (struct recorder *r = first; r; r = r->next) {
		struct fdshare_owner *owner;

		if (!r->waits || follows_one_that_waits(r))
			continue;
		owner = owner_of(share, r);
		if (owner->used < least && may_enter(share, most, owner, needed_by(&r->decision))) {
			least = owner->used;
			next = r;
		}
	}
	share->freed = next;
	return next;
}
