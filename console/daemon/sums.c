// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sums.h"

#include <stdio.h>
#include <string.h>

#define SEVERAL "for several reasons"

static struct sums_one *find(struct sums *sums, const char *cause)
{
	struct sums_one *rest = &sums->of[SUMS_CAUSES - 1];
	struct sums_one *found = NULL;

	for (struct sums_one *one = sums->of; one < rest; one++) {
		if (one->due && !strncmp(one->cause, cause, sizeof(one->cause) - 1))
			return one;
		if (!one->due && !found)
			found = one;
	}
	return found ? found : rest;
}

bool sums_add_some(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
		   uint64_t now_ms, unsigned int alone)
{
	struct sums_one *one = find(sums, cause);

	if (!one->due) {
		snprintf(one->cause, sizeof(one->cause), "%s",
			 one == &sums->of[SUMS_CAUSES - 1] ? SEVERAL : cause);
		one->due = now_ms + SUMS_EVERY_MS;
		one->alone = 1;
		return true;
	}
	if (one->alone < alone) {
		one->alone++;
		return true;
	}
	snprintf(one->last, sizeof(one->last), "%s", file);
	one->files++;
	one->bytes += bytes;
	return false;
}

bool sums_add(struct sums *sums, const char *cause, const char *file, uint64_t bytes,
	      uint64_t now_ms)
{
	return sums_add_some(sums, cause, file, bytes, now_ms, 1);
}

bool sums_take(struct sums *sums, uint64_t now_ms, struct sums_one *sum)
{
	for (size_t i = 0; i < SUMS_CAUSES; i++) {
		struct sums_one *one = &sums->of[i];

		if (!one->due || one->due > now_ms)
			continue;
		*sum = *one;
		one->files = 0;
		one->bytes = 0;
		/* After a minute without any, the next one is printed at once again. */
		one->due = sum->files && now_ms != UINT64_MAX ? now_ms + SUMS_EVERY_MS : 0;
		if (sum->files)
			return true;
	}
	return false;
}

uint64_t sums_due(const struct sums *sums)
{
	uint64_t due = 0;

	for (size_t i = 0; i < SUMS_CAUSES; i++)
		if (sums->of[i].due && (!due || sums->of[i].due < due))
			due = sums->of[i].due;
	return due;
}
