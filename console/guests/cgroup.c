// SPDX-License-Identifier: GPL-2.0-only
#include "guests/cgroup.h"

#include <string.h>

#define SYSTEMD "name=systemd:"

const char *cgroup_path(char *text)
{
	const char *unified = NULL;
	char *line;

	/* 12:name=systemd:/PATH, or 0::/PATH */
	while ((line = strsep(&text, "\n"))) {
		char *rest = strchr(line, ':');

		if (!rest++)
			continue;
		if (!strncmp(rest, SYSTEMD, strlen(SYSTEMD)))
			return rest + strlen(SYSTEMD);
		if (*rest == ':')
			unified = rest + 1;
	}
	return unified;
}

static bool ends_with(const char *part, size_t len, const char *end)
{
	return len > strlen(end) && !memcmp(part + len - strlen(end), end, strlen(end));
}

bool cgroup_unit(const char *path, char unit[CGROUP_UNIT_SIZE])
{
	size_t len;

	for (const char *part = path; *part; part += len) {
		part += strspn(part, "/");
		len = strcspn(part, "/");
		if (ends_with(part, len, ".slice"))
			continue;
		if (len >= CGROUP_UNIT_SIZE ||
		    (!ends_with(part, len, ".service") && !ends_with(part, len, ".scope")))
			return false;
		/* systemd puts a _ before a name that looks like a file of the kernel's. */
		if (*part == '_') {
			part++;
			len--;
		}
		memcpy(unit, part, len);
		unit[len] = '\0';
		return true;
	}
	return false;
}
