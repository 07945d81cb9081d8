// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "daemon/journal.h"
#include "daemon/recorders_keep.h"
#include "daemon/recorders_settle.h"
#include "daemon/recorders_tidy.h"
#include "daemon/selfreport.h"
#include "daemon/renaming.h"
#include "daemon/usersums.h"
#include "text/when.h"

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
	.looked = recorders_looked,
};

static void on_settling(void *arg)
{
	recorders_settle(arg);
}

static void tidy(void *arg)
{
	struct recorders *all = arg;

	if (recorders_tidy(all, clock_ns(), RECORDERS_TURN_NS)) {
		loop_timer_set(all->tidying, 0);
		loop_timer_set(all->settling, 0);
		return;
	}
	recorders_settle(all);
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

static const struct recorder_ops recorder_ops = {
	.done = done,
	.follows = follows,
};

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
	recorders_settle(all);
}

void recorders_rotate(struct recorders *all)
{
	/* One after the other: requests without end must not restart an unfinished rotation. */
	all->rotate_again = all->rotating;
	if (all->rotating)
		return;
	recorders_begin_rotating(all);
	recorders_settle(all);
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
	recorders_settle(all);
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
	all->again = loop_timer(loop, recorders_start_broken, all);
	all->following = loop_timer(loop, recorders_follow, all);
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
	if (recorders_rename_old(all))
		loop_timer_set(all->settling, 0);
	else
		recorders_look_through(all);
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
