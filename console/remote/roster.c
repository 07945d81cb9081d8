// SPDX-License-Identifier: GPL-2.0-only
#include "remote/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* A smaller change of the difference of the clocks is ignored as jitter. */
#define SHIFT_NS 100000000

void roster_free(struct roster *roster)
{
	free(roster->all);
}

static int64_t shift_of(int64_t boot_ns, int64_t real_ns)
{
	/* By the time of day: if the two hosts do not agree on it, the operator sees that. */
	return real_ns - clock_real_of_boot(boot_ns);
}

void roster_clocks(struct roster *roster, int64_t boot_ns, int64_t real_ns)
{
	int64_t shift = shift_of(boot_ns, real_ns);

	if (!roster->known || shift - roster->shift > SHIFT_NS || roster->shift - shift > SHIFT_NS)
		roster->shift = shift;
	roster->known = true;
}

void roster_hello(struct roster *roster, const struct wire_hello *hello)
{
	roster->known = roster->known && !strcmp(roster->boot, hello->boot);
	roster_clocks(roster, hello->boot_ns, hello->real_ns);
	memcpy(roster->boot, hello->boot, sizeof(roster->boot));
}

int64_t roster_time(const struct roster *roster, int64_t ns)
{
	return ns + roster->shift;
}

/* Where the guest of that number is, or is to be put. */
static size_t place_of(const struct roster *roster, uint32_t id)
{
	size_t from = 0;
	size_t to = roster->count;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (roster->all[at].id < id)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

/* @roster->count: there is none of that number. */
static size_t index_of(const struct roster *roster, uint32_t id)
{
	size_t at = place_of(roster, id);

	return at < roster->count && roster->all[at].id == id ? at : roster->count;
}

static void put(struct roster *roster, const struct source_facts *facts)
{
	size_t at = place_of(roster, facts->id);
	struct source_facts *all;

	if (at < roster->count && roster->all[at].id == facts->id) {
		roster->all[at] = *facts;
		return;
	}
	if (roster->count == ROSTER_MAX)
		return;
	all = reallocarray(roster->all, roster->count + 1, sizeof(*all));
	if (!all)
		return;
	memmove(all + at + 1, all + at, (roster->count - at) * sizeof(*all));
	all[at] = *facts;
	roster->all = all;
	roster->count++;
}

static void take_guest(struct roster *roster, json_t *json)
{
	struct source_facts facts;

	if (!wire_facts_read(json, &facts))
		return;
	facts.host = roster->host;
	facts.attach_ns = roster_time(roster, facts.attach_ns);
	facts.death_ns = facts.death_ns ? roster_time(roster, facts.death_ns) : 0;
	put(roster, &facts);
}

void roster_forget(struct roster *roster, uint32_t id)
{
	size_t at = index_of(roster, id);

	if (at == roster->count)
		return;
	roster->count--;
	memmove(roster->all + at, roster->all + at + 1,
		(roster->count - at) * sizeof(*roster->all));
}

void roster_put_back(struct roster *roster, const struct source_facts *facts)
{
	/* What has come of this number meanwhile is newer. */
	if (index_of(roster, facts->id) < roster->count)
		return;
	put(roster, facts);
}

bool roster_take(struct roster *roster, json_t *note)
{
	json_t *guests = json_object_get(note, "guests");
	json_t *gone = json_object_get(note, "gone");
	uint64_t number;

	if (json_is_true(json_object_get(note, "all")))
		roster->count = 0;
	for (size_t i = 0; i < json_array_size(gone); i++)
		roster_forget(roster, (uint32_t)json_integer_value(json_array_get(gone, i)));
	for (size_t i = 0; i < json_array_size(guests); i++)
		take_guest(roster, json_array_get(guests, i));
	roster->hidden = wire_number(note, "hidden", SIZE_MAX / 2, &number) ? (size_t)number : 0;
	roster->ports_error = wire_number(note, "errno", 4095, &number) ? -(int)number : 0;
	return !json_is_true(json_object_get(note, "more"));
}

const struct source_facts *roster_find(const struct roster *roster, uint32_t id, uint64_t life)
{
	size_t at = index_of(roster, id);

	if (at == roster->count || roster->all[at].life != life)
		return NULL;
	return &roster->all[at];
}
