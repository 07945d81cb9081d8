// SPDX-License-Identifier: GPL-2.0-only
#include "source/ports.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "source/port_name.h"
#include "source/source_port.h"

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* @ids: the numbers, in order, also with an error; the caller frees them. */
static int list(uint32_t **ids, size_t *count)
{
	DIR *dir = opendir(port_dir());
	struct dirent *entry;
	size_t room = 0;
	uint32_t id;
	int err;

	*ids = NULL;
	*count = 0;
	if (!dir)
		return -errno;
	while (errno = 0, (entry = readdir(dir))) {
		if (!port_name_number(entry->d_name, &id))
			continue;
		if (*count == room) {
			uint32_t *more = reallocarray(*ids, room + 64, sizeof(*more));

			if (!more)
				break;
			*ids = more;
			room += 64;
		}
		(*ids)[(*count)++] = id;
	}
	err = -errno;
	closedir(dir);
	if (*count)
		qsort(*ids, *count, sizeof(**ids), by_id);
	return err;
}

int ports_each(int (*fn)(uint32_t id, void *arg), void *arg)
{
	size_t count;
	uint32_t *ids;
	int err = list(&ids, &count);
	int ended = 0;

	for (size_t i = 0; i < count && !ended; i++)
		ended = fn(ids[i], arg);
	free(ids);
	return ended ? ended : err;
}

/* What ports_look() has at work. */
struct look {
	struct ports *ports;
	size_t room;
	void (*unread)(uint32_t id, int err, void *arg);
	void *arg;
};

/* Reads the facts of one port. 1: it was reaped meanwhile, or belongs to another user. */
static int read_port(struct ports *ports, uint32_t id)
{
	struct source_facts *facts = &ports->all[ports->count];
	struct source *src;
	int err;

	err = port_open(id, false, &src);
	if (err == -EACCES || err == -EPERM) {
		ports->hidden++;
		return 1;
	}
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return 1;
	if (err)
		return err;
	err = source_facts(src, facts);
	source_close(src);
	if (err == -ENODEV)
		return 1;
	return err;
}

static int add(uint32_t id, void *arg)
{
	struct look *look = arg;
	struct ports *ports = look->ports;
	int err;

	if (ports->count == look->room) {
		struct source_facts *all;

		look->room = look->room ? look->room * 2 : 32;
		all = reallocarray(ports->all, look->room, sizeof(*all));
		if (!all)
			return -ENOMEM;
		ports->all = all;
	}
	err = read_port(ports, id);
	if (err < 0 && look->unread)
		look->unread(id, err, look->arg);
	if (!err)
		ports->count++;
	return 0;
}

int ports_look(struct ports *ports, void (*unread)(uint32_t id, int err, void *arg), void *arg)
{
	struct look look = { .ports = ports, .unread = unread, .arg = arg };
	int err;

	*ports = (struct ports){ 0 };
	err = ports_each(add, &look);
	if (err)
		ports_free(ports);
	return err;
}

void ports_free(struct ports *ports)
{
	free(ports->all);
	*ports = (struct ports){ 0 };
}
