// SPDX-License-Identifier: GPL-2.0-only
#include "doctor/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *host_path(const char *path, char out[PATH_MAX])
{
	const char *root = getenv("KPL011_HOST_ROOT");

	snprintf(out, PATH_MAX, "%s%s", root ? root : "", path);
	return out;
}

bool host_has(const char *path)
{
	char full[PATH_MAX];

	return !access(host_path(path, full), F_OK);
}

ssize_t host_read(const char *path, char *text, size_t size)
{
	char full[PATH_MAX];
	ssize_t n;
	int fd;

	text[0] = '\0';
	fd = open(host_path(path, full), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	text[n] = '\0';
	if (n && text[n - 1] == '\n')
		text[--n] = '\0';
	return n;
}

bool host_line(const char *path, const char *begins, char *line, size_t size)
{
	char full[PATH_MAX];
	char *got = NULL;
	size_t room = 0;
	bool found = false;
	FILE *file;

	file = fopen(host_path(path, full), "re");
	if (!file)
		return false;
	while (!found && getline(&got, &room, file) > 0)
		found = !strncmp(got, begins, strlen(begins));
	if (found && line)
		snprintf(line, size, "%.*s", (int)strcspn(got, "\n"), got);
	free(got);
	fclose(file);
	return found;
}

bool host_named(const char *folder, const char *word, char name[NAME_MAX + 1])
{
	char full[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	dir = opendir(host_path(folder, full));
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		found = strstr(entry->d_name, word);
		if (found)
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}
