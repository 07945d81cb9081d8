// SPDX-License-Identifier: GPL-2.0-only
#include "guests/groups.h"

#include <stdio.h>
#include <string.h>

static const char digits[] = "0123456789";

const char *group_stem(const char *name, char *stem, size_t size)
{
	size_t len = strlen(name);

	while (len && !strchr(digits, name[len - 1]))
		len--;
	while (len && strchr(digits, name[len - 1]))
		len--;
	while (len && strchr("-_. ", name[len - 1]))
		len--;
	snprintf(stem, size, "%.*s", (int)(len ? len : strlen(name)), name);
	return stem;
}
