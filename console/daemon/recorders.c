// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/msg.h"
#include "daemon/decide.h"
#include "daemon/journal.h"
#include "daemon/recorders_keep.h"
#include "daemon/recorders_tidy.h"
#include "daemon/sdnotify.h"
#include "daemon/selfreport.h"
#include "daemon/renaming.h"
#include "daemon/usersums.h"
#include "source/source_port.h"
#include "text/when.h"

#define BROKEN_RETRY_MS 5000
#define DIR_RETRY_MS 1000

/* The length of a turn of the loop. */
#define TURN_NS ((uint64_t)10 * 1000000)

/* How often the service manager is told of progress, and for how long it may wait for the next. */
#define TELL_NS ((uint64_t)1000 * 1000000)
#define EXTEND_US 30000000

static void looked(bool through, void *arg);

static void removed(size_t reason, uint64_t bytes, void *arg)
{
	struct recorders *all = arg;

	all->removed[reason].files++;
	all->removed[reason].bytes += bytes;
}

static const struct keeper_ops keeper_ops = {
	.owner_of = recorders_owner_of_ledger,
	.removed = removed,
	.limits = recorders_limits,
	.owner_limits = recorders_owner_limits,
	.payer = recorders_payer,
	.in_use = recorders_in_use,
	.rotate = recorders_rotate_log,
	.looked = looked,
};

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

static void looked(bool through, void *arg)
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

/* Once for each directory. Returns true if the turn is over, and there is more. */
static bool rename_old(struct recorders *all)
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

/* Has the keeper look for logs, now that all have their new names. */
static void look_through(struct recorders *all)
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
		if (clock_passed(begun, TURN_NS))
			return true;
	}
	all->undecided = false;
	return false;
}

static void begin_rotating(struct recorders *all)
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
		if (clock_passed(begun, TURN_NS))
			return true;
	}
	all->rotating = false;
	if (!all->rotate_again)
		return false;
	all->rotate_again = false;
	begin_rotating(all);
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
		if (clock_passed(begun, TURN_NS))
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
		named = naming_give(&all->naming, r, begun, TURN_NS);
		if (named == NAMED_NOT) {
			retry_later(all);
			return false;
		}
		if (named == NAMED)
			start(all, r);
		if (named == NAMED_MORE || (named == NAMED && clock_passed(begun, TURN_NS)))
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
		if (clock_passed(begun, TURN_NS))
			return true;
	}
	return false;
}

static void settle(struct recorders *all)
{
	uint64_t begun = clock_ns();

	if (rename_old(all)) {
		tell_progress(all);
		loop_timer_set(all->settling, 0);
		return;
	}
	look_through(all);
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

static void on_settling(void *arg)
{
	settle(arg);
}

static void tidy(void *arg)
{
	struct recorders *all = arg;

	if (recorders_tidy(all, clock_ns(), TURN_NS)) {
		loop_timer_set(all->tidying, 0);
		loop_timer_set(all->settling, 0);
		return;
	}
	settle(all);
}

static void done(struct recorder *recorder, void *arg)
{
	struct recorders *all = arg;

	keeper_unused(all->shared.keeper, recorder->base);
	recorders_end_name(all, recorder);
	index_ended(&all->index, recorder);
	loop_timer_set(all->tidying, 0);
}

static void follows(struct recorder *recorder, void *arg)
{
	struct recorders *all = arg;

	(void)recorder;
	loop_timer_set(all->following, 0);
}

static void on_following(void *arg)
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
		if (clock_passed(begun, TURN_NS)) {
			loop_timer_set(all->following, 0);
			return;
		}
	}
}

static const struct recorder_ops recorder_ops = {
	.done = done,
	.follows = follows,
};

/* Marks those that are broken now; what breaks later waits for the next round. */
static void begin_retrying(struct recorders *all)
{
	for (struct recorder *r = all->first; r; r = r->next)
		r->to_retry = r->broken;
	all->retrying = true;
}

static void start_broken(void *arg)
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
			if (clock_passed(begun, TURN_NS)) {
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
	settle(all);
}

int recorders_add(struct recorders *all, uint32_t id)
{
	struct recorder **link = &all->first;
	struct recorder *recorder;
	int err;

	err = recorders_know(all, id);
	if (err)
		return err < 0 ? err : 0;
	err = recorder_new(&all->shared, id, all->boot, &recorder_ops, all, &recorder);
	/* If it belongs to another user, its node shows when that changes. Or it is gone. */
	if (err == -EACCES || err == -EPERM) {
		if (!all->hidden)
			msg_error(
				"port %u is not logged, since it belongs to another user; there may be more of these",
				id);
		all->hidden = true;
		return 0;
	}
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return 0;
	if (err)
		return err;
	if (!index_set_id(&all->index, recorder)) {
		recorder_free(recorder);
		return -ENOMEM;
	}
	/* Its process is looked at in another turn, since its owner decides how long that takes. */
	recorder->undecided = true;
	recorder->missed = all->missed;
	all->undecided = true;
	while (*link && (*link)->port.attach_ns <= recorder->port.attach_ns)
		link = &(*link)->next;
	recorder->next = *link;
	*link = recorder;
	/* Many may come at once, when the module was loaded. */
	loop_timer_set(all->settling, 0);
	return 0;
}

bool recorders_have(const struct recorders *all, pid_t pid, uint64_t gpa)
{
	for (const struct recorder *r = all->first; r; r = r->next)
		if (r->facts.pid == pid && r->facts.gpa == gpa && recorder_lives(r))
			return true;
	return false;
}

static void set_limits(struct recorders *all)
{
	all->shared.journal_path = all->policy->journal;
	alerting_rules(all->shared.alerting, all->policy->alerts, all->policy->journal);
	keeper_set(all->shared.keeper, all->policy->limits);
}

void recorders_decide(struct recorders *all)
{
	set_limits(all);
	for (struct recorder *r = all->first; r; r = r->next)
		r->undecided = true;
	all->undecided = true;
	all->deciding = true;
	all->reloading = true;
	settle(all);
}

void recorders_rotate(struct recorders *all)
{
	/* One after the other: requests without end must not restart an unfinished rotation. */
	all->rotate_again = all->rotating;
	if (all->rotating)
		return;
	begin_rotating(all);
	settle(all);
}

void recorders_hold(struct recorders *all)
{
	all->held = true;
}

void recorders_all_there(struct recorders *all)
{
	all->coming |= all->starting;
	all->starting = false;
	all->held = false;
	settle(all);
}

enum status recorders_open(struct recorders *all, struct loop *loop, const struct policy *policy,
			   const char *path)
{
	struct logstream_shared *shared = &all->shared;
	enum status status;

	*all = (struct recorders){
		.policy = policy,
		.starting = true,
		.held = true,
		.shared.journal = -1,
		.began_ns = when_now(),
	};
	all->naming.index = &all->index;
	fdshare_init(&all->fds);
	shared->loop = loop;
	status = logdir_open(&shared->dir, path);
	if (status)
		return status;
	all->open = true;
	if (!ledger_read_boot(all->boot)) {
		msg_error("cannot read %s, which identifies this boot", LEDGER_BOOT_ID);
		return STATUS_FAILED;
	}
	all->tidying = loop_timer(loop, tidy, all);
	all->again = loop_timer(loop, start_broken, all);
	all->following = loop_timer(loop, on_following, all);
	all->settling = loop_timer(loop, on_settling, all);
	shared->scratch = malloc(LOGSTREAM_SCRATCH);
	shared->dir.told = usersums_new(loop);
	shared->keeper = keeper_new(loop, &shared->dir, all->boot, &keeper_ops, all);
	shared->journal = journal_open();
	shared->alerting = alerting_new(loop, shared->journal, shared->dir.told);
	if (!all->tidying || !all->again || !all->following || !all->settling || !shared->scratch ||
	    !shared->keeper || !shared->alerting || !shared->dir.told || shared->journal < 0) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	alerting_restore(shared->alerting, &shared->dir, all->boot);
	set_limits(all);
	if (rename_old(all))
		loop_timer_set(all->settling, 0);
	else
		look_through(all);
	return STATUS_OK;
}

/*
 * Streams note positions only after what was reported is noted: after a kill it is reported again.
 */
static void end_alerts(struct recorders *all)
{
	struct recorder *recorder;

	if (!all->shared.alerting)
		return;
	for (recorder = all->first; recorder; recorder = recorder->next)
		if (recorder->alerts)
			alertstream_keep(recorder->alerts);
	if (!alerting_end(all->shared.alerting, &all->shared.dir, all->boot))
		return;
	for (recorder = all->first; recorder; recorder = recorder->next)
		if (recorder->alerts)
			alertstream_kept(recorder->alerts);
}

void recorders_close(struct recorders *all)
{
	struct recorder *recorder;

	if (!all->open)
		return;
	end_alerts(all);
	/* Streams that ended earlier may no longer exist. */
	all->shared.unnoted = 0;
	/* The last writes may rotate logs, which asks who writes: free no recorder before. */
	for (recorder = all->first; recorder; recorder = recorder->next)
		recorder_rest(recorder);
	logstream_ended_all(&all->shared);
	while ((recorder = all->first)) {
		all->first = recorder->next;
		naming_leave(&all->naming, recorder);
		recorder_free(recorder);
	}
	loop_event_free(all->tidying);
	loop_event_free(all->again);
	loop_event_free(all->following);
	alerting_free(all->shared.alerting);
	loop_event_free(all->settling);
	renaming_free(all->renaming);
	index_free(&all->index);
	fdshare_free(&all->fds);
	keeper_free(all->shared.keeper);
	usersums_free(all->shared.dir.told);
	if (all->shared.journal >= 0)
		close(all->shared.journal);
	free(all->shared.scratch);
	report_free(all->report);
	logdir_close(&all->shared.dir);
}
