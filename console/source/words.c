// SPDX-License-Identifier: GPL-2.0-only
#include "source/words.h"

#include <stdio.h>
#include <string.h>

#include "source/origin.h"
#include "source/owner.h"

static const char *const states[] = {
	[SOURCE_DEAD] = "dead",
	[SOURCE_LIVE] = "live",
	[SOURCE_DETACHED] = "detached",
};

const char *facts_state(const struct source_facts *facts)
{
	if (facts->live)
		return states[SOURCE_LIVE];
	return states[facts->state == SOURCE_DETACHED ? SOURCE_DETACHED : SOURCE_DEAD];
}

bool facts_state_read(const char *text, enum source_state *state)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(text, states[i]))
			continue;
		*state = (enum source_state)i;
		return true;
	}
	return false;
}

const char *facts_owned(const struct source_facts *facts, char out[FACTS_OWNED_SIZE])
{
	char user[USER_NAME_SIZE];

	if (facts->where)
		return facts->where;
	snprintf(out, FACTS_OWNED_SIZE, "port %u, user %s", facts->id, facts_user(facts, user));
	return out;
}

bool source_detached(struct source *src)
{
	struct source_facts facts;

	return !source_facts(src, &facts) && facts.state == SOURCE_DETACHED;
}

const char *source_ended(struct source *src, const char *label, char out[SOURCE_ENDED_SIZE])
{
	struct source_facts facts;

	if (source_facts(src, &facts))
		facts = (struct source_facts){ 0 };
	if (facts.where)
		snprintf(out, SOURCE_ENDED_SIZE, "the console of %.63s was closed", label);
	else if (facts.state == SOURCE_DETACHED)
		snprintf(out, SOURCE_ENDED_SIZE, "%.63s was detached", label);
	else
		snprintf(out, SOURCE_ENDED_SIZE, "the VM of %.63s is gone", label);
	return out;
}

const char *source_blocked_text(const char *label, int err, char out[SOURCE_BLOCKED_SIZE])
{
	if (err)
		snprintf(out, SOURCE_BLOCKED_SIZE,
			 "cannot read what has taken the place of %.63s: %s", label,
			 origin_strerror(err));
	else
		snprintf(out, SOURCE_BLOCKED_SIZE,
			 "what has taken the place of %.63s can be read now", label);
	return out;
}
