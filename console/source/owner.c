// SPDX-License-Identifier: GPL-2.0-only
#include "source/owner.h"

#include <stdio.h>

const char *facts_user(const struct source_facts *facts, char out[USER_NAME_SIZE])
{
	if (!facts->host)
		return user_name(facts->uid, out);
	snprintf(out, USER_NAME_SIZE, "%s", facts->user);
	if (!out[0])
		snprintf(out, USER_NAME_SIZE, "%u", facts->uid);
	return out;
}
