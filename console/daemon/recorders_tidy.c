// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders_tidy.h"

#include <errno.h>

#include "base/clock.h"
#include "daemon/recorders_keep.h"

/* Delay before ports that could not be looked at are looked at again. */
#define RETRY_MS 1000

void recorders_end_name(struct recorders *all, struct recorder *recorder)
{
	naming_leave(&all->naming, recorder);
	if (recorder->base[0])
		naming_ended(&all->naming, recorder, recorders_owner_of(all, recorder));
}

/* Includes one that was too late for all its logs, and opened none. */
static bool has_to_rest(const struct recorder *recorder)
{
	return recorder->done && (recorder_open(recorder) || recorder->held || recorder->waits);
}

static void rest(struct recorders *all, struct recorder *recorder)
{
	if (recorder_open(recorder)) {
		recorder_look(recorder);
		recorder_rest(recorder);
		if (recorder->decision.value[POLICY_REAP])
			recorder_reap(recorder);
	}
	fdshare_leave(&all->fds, recorder);
}

static bool has_to_go(const struct recorder *recorder)
{
	return recorder->forgotten && (recorder->done || !recorder_open(recorder));
}

/* Frees a recorder that is no longer in the list. */
static void let_go(struct recorders *all, struct recorder *recorder)
{
	fdshare_leave(&all->fds, recorder);
	recorder_forget(recorder);
	index_take_id(&all->index, recorder);
	recorder_leaves(recorder);
	index_take_base(&all->index, recorder);
	recorders_end_name(all, recorder);
	/* Keep its counts, or the totals would decrease. */
	recorder_add(&all->gone, &recorder->sample);
	recorder_free(recorder);
}

static void forget(struct recorders *all, struct recorder *recorder)
{
	recorder->forgotten = true;
	loop_timer_set(all->tidying, 0);
}

/* The id may be that of the next port already, which was reported as well. */
void recorders_gone(struct recorders *all, uint32_t id)
{
	struct recorder *recorder = index_id(&all->index, id);

	if (recorder && recorder_is_there(recorder) != 1)
		forget(all, recorder);
}

void recorders_missed(struct recorders *all)
{
	all->missed++;
	if (all->first)
		loop_timer_set(all->tidying, 0);
}

/* Returns what recorders_know() does. */
static int ask(struct recorders *all, struct recorder *recorder)
{
	int there = recorder_is_there(recorder);

	/* Without permission it will not be known later either. */
	if (there == -EACCES || there == -EPERM)
		there = 1;
	if (there >= 0)
		recorder->missed = all->missed;
	if (!there)
		forget(all, recorder);
	return there;
}

int recorders_know(struct recorders *all, uint32_t id)
{
	struct recorder *recorder = index_id(&all->index, id);

	if (!recorder || recorder->missed == all->missed)
		return recorder != NULL;
	return ask(all, recorder);
}

/*
 * Returns true if the turn is over, and there are more. The first ones are asked again only after
 * all others, since somebody may cause missed events over and over.
 */
static bool ask_some(struct recorders *all, uint64_t begun, uint64_t turn_ns)
{
	while (all->sure_of != all->missed) {
		if (all->asking == all->sure_of)
			all->asking = all->missed;
		for (struct recorder *r = all->first; r; r = r->next) {
			if (r->forgotten || (int32_t)(r->missed - all->asking) >= 0)
				continue;
			/* No descriptor, or no memory: this fails for all of them. */
			if (ask(all, r) < 0) {
				loop_timer_set(all->tidying, RETRY_MS);
				return false;
			}
			if (clock_passed(begun, turn_ns))
				return true;
		}
		all->sure_of = all->asking;
	}
	return false;
}

/* What is tidied already is skipped. */
bool recorders_tidy(struct recorders *all, uint64_t begun, uint64_t turn_ns)
{
	struct recorder **link = &all->first;
	bool more = ask_some(all, begun, turn_ns);

	/* Tidies even while others have to be asked over and over. */
	while (*link) {
		struct recorder *recorder = *link;

		if (!has_to_rest(recorder) && !has_to_go(recorder)) {
			link = &recorder->next;
			continue;
		}
		if (has_to_rest(recorder))
			rest(all, recorder);
		if (has_to_go(recorder)) {
			*link = recorder->next;
			let_go(all, recorder);
		}
		if (clock_passed(begun, turn_ns))
			return true;
	}
	return more;
}
