// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorder_index.h"

#include <stdio.h>
#include <string.h>

#include "daemon/ordered.h"

static int by_id(const void *a, const void *b)
{
	const struct recorder *x = a;
	const struct recorder *y = b;

	return x->port.id < y->port.id ? -1 : x->port.id > y->port.id;
}

static int by_base(const void *a, const void *b)
{
	const struct recorder *x = a;
	const struct recorder *y = b;

	return strcmp(x->base, y->base);
}

struct recorder *index_id(const struct recorder_index *index, uint32_t id)
{
	struct recorder like = { .port.id = id };
	struct recorder *recorder = ordered_find(index->by_id, &like, by_id);

	return recorder && !recorder->forgotten ? recorder : NULL;
}

struct recorder *index_base(const struct recorder_index *index, const char *base)
{
	struct recorder like;

	logname_plain(base, like.base);
	return ordered_find(index->by_base, &like, by_base);
}

struct recorder *index_writer(const struct recorder_index *index, const char *base)
{
	struct recorder *recorder = index_base(index, base);

	/* None of those before it is done. */
	return recorder && recorder->done ? recorder->before : recorder;
}

/* Takes it out of its chain. */
static void unchain(struct recorder *recorder)
{
	if (recorder->before)
		recorder->before->after = recorder->after;
	if (recorder->after)
		recorder->after->before = recorder->before;
	recorder->before = NULL;
	recorder->after = NULL;
}

void index_take_base(struct recorder_index *index, struct recorder *recorder)
{
	struct recorder *before = recorder->before;

	if (index_base(index, recorder->base) == recorder) {
		if (before)
			ordered_replace(index->by_base, before, by_base);
		else
			ordered_take(&index->by_base, recorder, by_base);
	}
	unchain(recorder);
}

/* The last one stays, since it says what the policy decides for its logs. */
void index_ended(const struct recorder_index *index, struct recorder *recorder)
{
	if (index_base(index, recorder->base) != recorder)
		unchain(recorder);
}

/*
 * A recorder that is not found by its base must not write: its logs would be taken for unused, and
 * the next life would not wait for it.
 */
bool index_set_base(struct recorder_index *index, struct recorder *recorder, const char *base)
{
	struct recorder *before;

	snprintf(recorder->base, sizeof(recorder->base), "%s", base);
	before = ordered_replace(index->by_base, recorder, by_base);
	if (!before && !ordered_put(&index->by_base, recorder, by_base)) {
		recorder->base[0] = '\0';
		return false;
	}
	recorder->before = before;
	if (before)
		before->after = recorder;
	if (before && before->done)
		unchain(before);
	return true;
}

bool index_set_id(struct recorder_index *index, struct recorder *recorder)
{
	/* Replaces one that was forgotten, if any. */
	return ordered_replace(index->by_id, recorder, by_id) ||
	       ordered_put(&index->by_id, recorder, by_id);
}

void index_take_id(struct recorder_index *index, struct recorder *recorder)
{
	if (ordered_find(index->by_id, recorder, by_id) == recorder)
		ordered_take(&index->by_id, recorder, by_id);
}

void index_free(struct recorder_index *index)
{
	ordered_free(&index->by_id);
	ordered_free(&index->by_base);
}
