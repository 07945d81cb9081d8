// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "source/holder.h"

/* How often to ask whether the input was lost, in milliseconds. */
#define ASK_MS 1000

/* Report a refusal of keys at most once in this time, in milliseconds. */
#define TELL_MS 2000

struct hold {
	struct source *src;
	const char *label;
	const struct notes *notes;
	const char *how;
	uint64_t release_ms;
	struct loop_event *timer;
	struct source_input input;
	bool wanted; /* the operator took it: take it again when keys come */
	uint64_t typed_ms;
	uint64_t told_ms; /* 0: no refusal yet */
};

/* Reports "@what picocom (process 7)", what is known about it, and how to take the input. */
static void tell(struct hold *hold, const char *what, const char *takes)
{
	char about[SOURCE_ABOUT_SIZE];
	char name[HOLDER_NAME_SIZE];

	note(hold->notes, "%s %s", what, holder_name(&hold->input, name));
	if (*holder_about(&hold->input, about))
		note_more(hold->notes, "it is %s", about);
	if (hold->how)
		note_more(hold->notes, "%s %s", hold->how, takes);
}

static void release(struct hold *hold)
{
	char text[HUMAN_SIZE];

	if (!hold->release_ms || clock_ms() - hold->typed_ms < hold->release_ms)
		return;
	if (source_input(hold->src, SOURCE_GIVE, &hold->input) || hold->input.mine)
		return;
	note(hold->notes, "released the input of %s, because nothing was typed for %s", hold->label,
	     human_duration(hold->release_ms * 1000000, text));
}

static void on_timer(void *arg)
{
	struct hold *hold = arg;
	bool was_mine = hold->input.mine;

	if (!source_input(hold->src, SOURCE_ASK, &hold->input)) {
		if (hold->input.lost || (was_mine && hold->input.other))
			tell(hold, "the input was taken by", "takes it back");
		else if (hold->input.mine)
			release(hold);
	}
	loop_timer_set(hold->timer, ASK_MS);
}

void hold_take(struct hold *hold)
{
	char name[HOLDER_NAME_SIZE];
	struct source_input before;
	int err;

	source_input(hold->src, SOURCE_ASK, &before);
	err = source_input(hold->src, SOURCE_SEIZE, &hold->input);
	if (err == -EOPNOTSUPP) {
		note(hold->notes, "anyone may type: nobody can hold the input of %s", hold->label);
		return;
	}
	if (err) {
		note(hold->notes, "cannot take the input of %s: %s", hold->label, strerror(-err));
		return;
	}
	if (before.other)
		note(hold->notes, "the input of %s is yours; %s had it", hold->label,
		     holder_name(&before, name));
	else
		note(hold->notes, "the input of %s is yours", hold->label);
	hold->wanted = true;
	hold->typed_ms = clock_ms();
	hold->told_ms = 0;
	loop_timer_set(hold->timer, ASK_MS);
}

static void refuse(struct hold *hold)
{
	uint64_t now = clock_ms();

	if (hold->told_ms && now - hold->told_ms < TELL_MS)
		return;
	hold->told_ms = now;
	if (hold->input.other)
		tell(hold, "what was typed did not arrive: the input is held by", "takes it");
	else
		note(hold->notes,
		     "what was typed did not arrive: another process held the input, and released it");
}

bool hold_may_type(struct hold *hold)
{
	if (!hold || !hold->wanted)
		return true;
	hold->typed_ms = clock_ms();
	if (hold->input.mine || source_input(hold->src, SOURCE_TAKE, &hold->input) != -EBUSY)
		return true;
	refuse(hold);
	return false;
}

void hold_refused(struct hold *hold)
{
	source_input(hold->src, SOURCE_ASK, &hold->input);
	refuse(hold);
}

struct hold *hold_new(struct loop *loop, struct source *src, const char *label,
		      const struct notes *notes, const char *how, uint64_t release_ms)
{
	struct hold *hold = calloc(1, sizeof(*hold));

	if (!hold)
		return NULL;
	hold->src = src;
	hold->label = label;
	hold->notes = notes;
	hold->how = how;
	hold->release_ms = release_ms;
	hold->timer = loop_timer(loop, on_timer, hold);
	if (hold->timer)
		return hold;
	free(hold);
	return NULL;
}

void hold_free(struct hold *hold)
{
	if (!hold)
		return;
	loop_event_free(hold->timer);
	free(hold);
}
