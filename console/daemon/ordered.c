// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ordered.h"

#include <search.h>
#include <stddef.h>

bool ordered_put(void **set, void *item, ordered_cmp *cmp)
{
	void **node = tsearch(item, set, cmp);

	return node && *node == item;
}

void *ordered_replace(void *set, void *item, ordered_cmp *cmp)
{
	void **node = tfind(item, &set, cmp);
	void *replaced = node ? *node : NULL;

	if (node)
		*node = item;
	return replaced;
}

void ordered_take(void **set, const void *item, ordered_cmp *cmp)
{
	tdelete(item, set, cmp);
}

void *ordered_find(void *set, const void *like, ordered_cmp *cmp)
{
	void **node = tfind(like, &set, cmp);

	return node ? *node : NULL;
}

struct probe {
	const void *like; /* NULL: less than every item */
	ordered_cmp *cmp;
	const void *best;
};

/* Never returns 0, so that the search continues to a leaf, past an equal item. */
static int approach(const void *a, const void *item)
{
	/* The search key: tfind() takes it as const and passes it on unchanged. */
	struct probe *probe = (struct probe *)a;

	if (probe->like && probe->cmp(probe->like, item) >= 0)
		return 1;
	probe->best = item;
	return -1;
}

void *ordered_after(void *set, const void *like, ordered_cmp *cmp)
{
	struct probe probe = { .like = like, .cmp = cmp };

	tfind(&probe, &set, approach);
	return (void *)probe.best;
}

void *ordered_first(void *set, ordered_cmp *cmp)
{
	return ordered_after(set, NULL, cmp);
}

static void leave(void *item)
{
	(void)item;
}

void ordered_free(void **set)
{
	tdestroy(*set, leave);
	*set = NULL;
}
