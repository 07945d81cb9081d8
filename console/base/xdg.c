// SPDX-License-Identifier: GPL-2.0-only
#include "base/xdg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool xdg_path(const char *variable, const char *otherwise, const char *file, char path[PATH_MAX])
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");
	int len;

	if (base && *base == '/')
		len = snprintf(path, PATH_MAX, "%s/%s", base, file);
	else if (home && *home == '/')
		len = snprintf(path, PATH_MAX, "%s/%s/%s", home, otherwise, file);
	else
		return false;
	return len < PATH_MAX;
}

bool xdg_make_dirs(const char *path)
{
	char dir[PATH_MAX];

	for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(end - path), path);
		if (mkdir(dir, 0700) && errno != EEXIST)
			return false;
	}
	return true;
}
