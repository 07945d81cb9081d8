// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "base/inifile.h"
#include "base/msg.h"
#include "daemon/policy.h"

static void say_wrong(size_t line, const char *why, void *arg)
{
	msg_error("%s:%zu: %s", (const char *)arg, line, why);
}

int policy_read(struct policy *policy, const char *path)
{
	char *text;
	size_t len;
	int err;

	err = inifile_read(path, &text, &len);
	if (err)
		return err;
	err = policy_parse(policy, text, len, say_wrong, (void *)path);
	free(text);
	return err;
}

size_t policy_say_never(const struct policy *policy, const char *path)
{
	return policy_never(policy, say_wrong, (void *)path);
}
