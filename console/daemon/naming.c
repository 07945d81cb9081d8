// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/naming.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/ordered.h"

struct naming_group {
	int64_t owner;
	const char *name;
	size_t members;
	int64_t next; /* the lowest number that has not been tried */
	char room[];
};

static int by_owner_and_name(const void *a, const void *b)
{
	const struct naming_group *x = a;
	const struct naming_group *y = b;

	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct naming_group *find(const struct naming *naming, int64_t owner, const char *name)
{
	struct naming_group like = { .owner = owner, .name = name };

	return ordered_find(naming->groups, &like, by_owner_and_name);
}

static struct naming_group *get(struct naming *naming, int64_t owner, const char *name)
{
	struct naming_group *group = find(naming, owner, name);

	if (group)
		return group;
	group = calloc(1, sizeof(*group) + strlen(name) + 1);
	if (!group)
		return NULL;
	group->owner = owner;
	group->name = strcpy(group->room, name);
	group->next = 1;
	if (ordered_put(&naming->groups, group, by_owner_and_name))
		return group;
	free(group);
	return NULL;
}

bool naming_join(struct naming *naming, struct recorder *recorder, int64_t owner)
{
	if (recorder->naming)
		return true;
	recorder->naming = get(naming, owner, recorder->facts.name);
	if (recorder->naming)
		recorder->naming->members++;
	return recorder->naming;
}

void naming_leave(struct naming *naming, struct recorder *recorder)
{
	struct naming_group *group = recorder->naming;

	recorder->naming = NULL;
	if (!group || --group->members)
		return;
	ordered_take(&naming->groups, group, by_owner_and_name);
	free(group);
}

enum named naming_give(struct naming *naming, struct recorder *recorder, uint64_t begun,
		       uint64_t turn_ns)
{
	struct naming_group *group = recorder->naming;
	const struct recorder *writer;
	char base[LOGNAME_SIZE];

	for (;;) {
		logname_base(group->name, group->owner, group->next, base);
		writer = index_writer(naming->index, base);
		if (writer ? !recorder_lives(writer)
			   : keeper_is_free(recorder->shared->keeper, base)) {
			if (!index_set_base(naming->index, recorder, base))
				return NAMED_NOT;
			naming_leave(naming, recorder);
			return NAMED;
		}
		/*
		 * The guest that just got this base may have ended, too: @next stays at it, and the
		 * next member of the group checks.
		 */
		group->next++;
		if (clock_passed(begun, turn_ns))
			return NAMED_MORE;
	}
}

bool naming_follows(const struct naming *naming, const struct recorder *recorder, const char *base)
{
	const struct recorder *writer = index_writer(naming->index, base);

	return !writer ||
	       (writer->port.attach_ns < recorder->port.attach_ns && !recorder_lives(writer));
}

void naming_ended(struct naming *naming, const struct recorder *recorder, int64_t owner)
{
	struct naming_group *group = find(naming, owner, recorder->facts.name);
	int64_t nth = logname_nth(recorder->base);

	if (group && nth < group->next)
		group->next = nth;
}
