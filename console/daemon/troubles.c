// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/troubles.h"

#include <stddef.h>

#define KINDS (sizeof(((struct troubles *)NULL)->of) / sizeof(((struct troubles *)NULL)->of[0]))

/* The last place is shared by all kinds for which there is no other. */
static size_t find(const struct troubles *troubles, int err)
{
	size_t empty = KINDS - 1;

	for (size_t i = KINDS; i-- > 0;) {
		if (troubles->of[i].count && troubles->of[i].err == err)
			return i;
		if (!troubles->of[i].count)
			empty = i;
	}
	return empty;
}

bool troubles_begin(struct troubles *troubles, int err)
{
	size_t at = find(troubles, err);

	troubles->of[at].err = err;
	return !troubles->of[at].count++;
}

bool troubles_end(struct troubles *troubles, int err)
{
	size_t at = find(troubles, err);

	return troubles->of[at].count && !--troubles->of[at].count;
}

int troubles_now(const struct troubles *troubles)
{
	for (size_t i = 0; i < KINDS; i++)
		if (troubles->of[i].count)
			return troubles->of[i].err;
	return 0;
}
