// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

int file_put(const char *dir, const char *name, const char *text)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

long file_get(const char *dir, const char *name)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

const char *cgroup_create(struct cgroup *cgroup)
{
	cgroup->path[0] = '\0';
	strcpy(cgroup->top, "/tmp/kpl011-cgroup-XXXXXX");
	if (!mkdtemp(cgroup->top)) {
		cgroup->top[0] = '\0';
		return "there is no directory for its cgroups in /tmp";
	}
	if (mount("none", cgroup->top, "cgroup2", 0, NULL))
		return "this host has no cgroups of version 2";
	file_put(cgroup->top, "cgroup.subtree_control", "+memory");
	snprintf(cgroup->path, sizeof(cgroup->path), "%s/kpl011-%d", cgroup->top,
		 getpid());
	if (mkdir(cgroup->path, 0755)) {
		cgroup->path[0] = '\0';
		return "this host does not let it make a cgroup";
	}
	if (file_get(cgroup->path, "memory.current") < 0)
		return "its memory controller is not that of cgroup version 2";
	return NULL;
}

long cgroup_charged(const struct cgroup *cgroup)
{
	if (file_put(cgroup->path, "memory.high", "0") ||
	    file_put(cgroup->path, "memory.high", "max"))
		return -1;
	return file_get(cgroup->path, "memory.current");
}

void cgroup_destroy(struct cgroup *cgroup)
{
	if (cgroup->path[0])
		rmdir(cgroup->path);
	if (!cgroup->top[0])
		return;
	umount(cgroup->top);
	rmdir(cgroup->top);
}
