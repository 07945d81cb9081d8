// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/regular.h"
#include "daemon/policy.h"

#define FILE_MAX ((size_t)1024 * 1024)

static void say_wrong(size_t line, const char *why, void *arg)
{
	msg_error("%s:%zu: %s", (const char *)arg, line, why);
}

int policy_read(struct policy *policy, const char *path)
{
	char *text = NULL;
	ssize_t n = 0;
	size_t len = 0;
	int err;
	int fd;

	fd = regular_open(path, 0);
	if (fd < 0)
		return fd;
	text = malloc(FILE_MAX + 1);
	while (text && len <= FILE_MAX && (n = read(fd, text + len, FILE_MAX + 1 - len)) > 0)
		len += (size_t)n;
	err = !text ? -ENOMEM : n < 0 ? -errno : len > FILE_MAX ? -EFBIG : 0;
	close(fd);
	if (!err)
		err = policy_parse(policy, text, len, say_wrong, (void *)path);
	free(text);
	return err;
}

size_t policy_say_never(const struct policy *policy, const char *path)
{
	return policy_never(policy, say_wrong, (void *)path);
}
