// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders_settle.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/human.h"
#include "daemon/decide.h"
#include "daemon/recorders_keep.h"
#include "daemon/renaming.h"
#include "daemon/sdnotify.h"

#define BROKEN_RETRY_MS 5000
#define DIR_RETRY_MS 1000

/* How often the service manager is told of progress, and for how long it may wait for the next. */
#define TELL_NS ((uint64_t)1000 * 1000000)
#define EXTEND_US 30000000

/* An earlier time stays set: guests that cannot begin may come all the time. */
static void retry_later(struct recorders *all)
{
	if (!all->retry_set)
		loop_timer_set(all->again, BROKEN_RETRY_MS);
	all->retry_set = true;
}

/* Follows up on what could not begin, or whose port is gone. */
static void after_begin(struct recorders *all, const struct recorder *recorder)
{
	if (recorder->broken)
		retry_later(all);
	if (recorder->forgotten)
		loop_timer_set(all->tidying, 0);
}

static void start(struct recorders *all, struct recorder *recorder)
{
	struct policy_decision decision = recorder->decision;

	if (!recorder->done && !fdshare_enter(&all->fds, all->first, recorder))
		return;
	recorder_decide(recorder, &decision);
	after_begin(all, recorder);
}

static bool has_to_start(const struct recorder *recorder)
{
	return !recorder->done && !recorder->base[0] && recorder_wanted(recorder);
}

static void tell_status(const struct recorders *all)
{
	const struct keeper *keeper = all->shared.keeper;
	char bytes[HUMAN_SIZE];
	size_t guests = 0;

	for (const struct recorder *r = all->first; r; r = r->next)
		guests += !r->done;
	sdnotify(SDNOTIFY_MAY,
		 "STATUS=%zu guest%s, %s of logs in %s, %" PRIu64 " files; the longest turn took "
		 "%" PRIu64 " ms",
		 guests, guests == 1 ? "" : "s",
		 human_bytes(keeper_total(keeper, ARCHIVE_BYTES), bytes), all->shared.dir.path,
		 keeper_total(keeper, ARCHIVE_FILES), loop_longest(all->shared.loop) / 1000000);
}

/* So that the manager does not take what is slow for a hang. */
static void tell_progress(struct recorders *all)
{
	if (!clock_passed(all->told_ns, TELL_NS))
		return;
	all->told_ns = clock_ns();
	sdnotify(SDNOTIFY_MAY, "EXTEND_TIMEOUT_USEC=%d\nSTATUS=%" PRIu64 " logs in %s looked at",
		 EXTEND_US, keeper_seen(all->shared.keeper), all->shared.dir.path);
}

static void tell_ready(struct recorders *all)
{
	if (all->ready && (all->coming || all->reloading))
		all->ready(all->ready_arg);
	all->coming = false;
	all->reloading = false;
}

void recorders_looked(bool through, void *arg)
{
	struct recorders *all = arg;

	if (!through) {
		tell_progress(all);
		return;
	}
	tell_status(all);
	if (all->reloading && !all->deciding)
		tell_ready(all);
}

bool recorders_rename_old(struct recorders *all)
{
	const struct logdir *dir = &all->shared.dir;

	if (dir->state < 0)
		return false;
	if (all->renamed && all->generation == dir->generation)
		return all->renaming && renaming_go_on(all->renaming);
	renaming_free(all->renaming);
	all->renaming = renaming_begin(dir, all->boot, all->policy->plain);
	all->renamed = true;
	all->generation = dir->generation;
	return all->renaming && renaming_go_on(all->renaming);
}

void recorders_look_through(struct recorders *all)
{
	renaming_free(all->renaming);
	all->renaming = NULL;
	if (all->looking)
		keeper_renew(all->shared.keeper);
	else
		keeper_scan(all->shared.keeper);
	all->looking = true;
}

/* Returns true if the turn is over, and there is more. */
static bool decide_some(struct recorders *all, uint64_t begun)
{
	struct policy_decision decision;

	for (struct recorder *r = all->first; all->undecided && r; r = r->next) {
		if (!r->undecided)
			continue;
		r->undecided = false;
		decide_port(all->policy, &r->facts, recorder_process(r), &r->seen, &decision);
		r->decision = decision;
		if (r->base[0])
			start(all, r);
		if (clock_passed(begun, RECORDERS_TURN_NS))
			return true;
	}
	all->undecided = false;
	return false;
}

void recorders_begin_rotating(struct recorders *all)
{
	for (struct recorder *r = all->first; r; r = r->next)
		r->to_rotate = true;
	all->rotating = true;
}

static bool rotate_some(struct recorders *all, uint64_t begun)
{
	for (struct recorder *r = all->first; all->rotating && r; r = r->next) {
		if (!r->to_rotate)
			continue;
		r->to_rotate = false;
		recorder_rotate(r);
		if (clock_passed(begun, RECORDERS_TURN_NS))
			return true;
	}
	all->rotating = false;
	if (!all->rotate_again)
		return false;
	all->rotate_again = false;
	recorders_begin_rotating(all);
	return true;
}

/* Guests that have written before keep their names. */
static bool start_known(struct recorders *all, uint64_t begun)
{
	char base[LOGNAME_SIZE];

	for (struct recorder *r = all->first; r; r = r->next) {
		bool known;

		if (r->asked || !has_to_start(r))
			continue;
		known = recorder_remembers(r, recorders_owner_of(all, r), base) &&
			naming_follows(&all->naming, r, base);
		r->asked = known ? index_set_base(&all->index, r, base)
				 : naming_join(&all->naming, r, recorders_owner_of(all, r));
		/* There is no memory. Later lives come after this one. */
		if (!r->asked) {
			retry_later(all);
			return false;
		}
		if (known)
			start(all, r);
		if (clock_passed(begun, RECORDERS_TURN_NS))
			return true;
	}
	return false;
}

static bool start_new(struct recorders *all, uint64_t begun)
{
	for (struct recorder *r = all->first; r; r = r->next) {
		enum named named;

		/* start_known() had no memory for it: later lives must not get its base. */
		if (!r->asked && has_to_start(r))
			return false;
		if (!r->naming)
			continue;
		if (!has_to_start(r)) {
			/* The policy has changed. */
			naming_leave(&all->naming, r);
			r->asked = false;
			continue;
		}
		named = naming_give(&all->naming, r, begun, RECORDERS_TURN_NS);
		if (named == NAMED_NOT) {
			retry_later(all);
			return false;
		}
		if (named == NAMED)
			start(all, r);
		if (named == NAMED_MORE ||
		    (named == NAMED && clock_passed(begun, RECORDERS_TURN_NS)))
			return true;
	}
	return false;
}

/* Guests for which there were no descriptors. */
static bool start_waiting(struct recorders *all, uint64_t begun)
{
	struct recorder *next;

	while ((next = fdshare_next(&all->fds, all->first))) {
		start(all, next);
		if (next->waits)
			break;
		if (clock_passed(begun, RECORDERS_TURN_NS))
			return true;
	}
	return false;
}

void recorders_settle(struct recorders *all)
{
	uint64_t begun = clock_ns();

	if (recorders_rename_old(all)) {
		tell_progress(all);
		loop_timer_set(all->settling, 0);
		return;
	}
	recorders_look_through(all);
	if (all->held)
		return;
	/* Without the directory it is not known what was written before. */
	if (all->shared.dir.state < 0 && logdir_check(&all->shared.dir)) {
		loop_timer_set(all->again, DIR_RETRY_MS);
		tell_ready(all);
		return;
	}
	alerting_restore(all->shared.alerting, &all->shared.dir, all->boot);
	/* The directory was replaced meanwhile. */
	if (all->generation != all->shared.dir.generation || !all->renamed) {
		loop_timer_set(all->settling, 0);
		return;
	}
	/* Guests that wait come before new ones, and then may get what one of these leaves. */
	if (decide_some(all, begun) || start_waiting(all, begun) || start_known(all, begun) ||
	    start_new(all, begun) || start_waiting(all, begun) || rotate_some(all, begun)) {
		tell_progress(all);
		loop_timer_set(all->settling, 0);
		return;
	}
	if (all->coming) {
		/* Now it is known which ledgers are of ports that no longer exist. */
		keeper_look_at_ledgers(all->shared.keeper);
		tell_ready(all);
	}
	/* This late, since there may have been no directory at the start. */
	keeper_all_named(all->shared.keeper);
	if (all->deciding) {
		all->deciding = false;
		keeper_scan(all->shared.keeper);
	}
	tell_status(all);
}

void recorders_follow(void *arg)
{
	struct recorders *all = arg;
	uint64_t begun = clock_ns();

	for (struct recorder *r = all->first; r; r = r->next) {
		if (!r->follows)
			continue;
		/* A guest that waits for descriptors begins when it gets them. */
		if (r->waits) {
			r->follows = false;
			continue;
		}
		recorder_go_on(r);
		after_begin(all, r);
		if (clock_passed(begun, RECORDERS_TURN_NS)) {
			loop_timer_set(all->following, 0);
			return;
		}
	}
}

/* Marks those that are broken now; what breaks later waits for the next round. */
static void begin_retrying(struct recorders *all)
{
	for (struct recorder *r = all->first; r; r = r->next)
		r->to_retry = r->broken;
	all->retrying = true;
}

void recorders_start_broken(void *arg)
{
	struct recorders *all = arg;
	uint64_t begun = clock_ns();
	bool broken = false;

	if (!all->retrying)
		begin_retrying(all);
	for (struct recorder *r = all->first; r; r = r->next) {
		if (r->to_retry && r->broken) {
			r->to_retry = false;
			start(all, r);
			if (clock_passed(begun, RECORDERS_TURN_NS)) {
				loop_timer_set(all->again, 0);
				return;
			}
		}
		broken |= r->broken;
	}
	all->retrying = false;
	all->retry_set = false;
	if (broken)
		retry_later(all);
	recorders_settle(all);
}
