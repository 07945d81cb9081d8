// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders_tidy.h"

#include <errno.h>

#include "base/clock.h"
#include "daemon/recorders_keep.h"

/* Until those are looked at again that could not be. */
#define RETRY_MS 1000

void recorders_end_name(struct recorders *all, struct recorder *recorder)
{
	naming_leave(&all->naming, recorder);
	if (recorder->base[0])
		naming_ended(&all->naming, recorder, recorders_owner_of(all, recorder));
}

/* Also one that was too late for all of its logs, and has opened none. */
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

/* It is in the list no more. */
static void let_go(struct recorders *all, struct recorder *recorder)
{
	fdshare_leave(&all->fds, recorder);
	recorder_forget(recorder);
	index_take_id(&all->index, recorder);
	recorder_leaves(recorder);
	index_take_base(&all->index, recorder);
	recorders_end_name(all, recorder);
	/* Or what is counted of all would go back. */
	recorder_add(&all->gone, &recorder->sample);
	recorder_free(recorder);
}

static void forget(struct recorders *all, struct recorder *recorder)
{
	recorder->forgotten = true;
	loop_timer_set(all->tidying, 0);
}

/* Its number may be that of the next one by now, which has been told, too. */
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

/* As recorders_know(). */
static int ask(struct recorders *all, struct recorder *recorder)
{
	int there = recorder_is_there(recorder);

	/* Who may not ask will not be told later either. */
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
 * True: the turn is over, and there are more. Those that are in front are asked again when the
 * others have been: somebody may have it missed over and over.
 */
static bool ask_some(struct recorders *all, uint64_t begun, uint64_t turn_ns)
{
	while (all->sure_of != all->missed) {
		if (all->asking == all->sure_of)
			all->asking = all->missed;
		for (struct recorder *r = all->first; r; r = r->next) {
			if (r->forgotten || (int32_t)(r->missed - all->asking) >= 0)
				continue;
			/* There is no descriptor, or no memory, for any of them. */
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

/* Who has been tidied is passed over: there is nothing left. */
bool recorders_tidy(struct recorders *all, uint64_t begun, uint64_t turn_ns)
{
	struct recorder **link = &all->first;
	bool more = ask_some(all, begun, turn_ns);

	/* What is there to be done is, however often others have to be asked. */
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
