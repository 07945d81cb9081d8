// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders_tidy.h"

#include "base/clock.h"
#include "daemon/recorders_keep.h"

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

/* Who has been tidied is passed over: there is nothing left. */
bool recorders_tidy(struct recorders *all, uint64_t begun, uint64_t turn_ns)
{
	struct recorder **link = &all->first;

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
	return false;
}
