// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/roll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "base/regular.h"
#include "daemon/dirread.h"
#include "daemon/logname.h"
#include "daemon/ordered.h"

#define TMP LOGDIR_ROLL ".tmp"

/* So many are told one by one. */
#define STRANGERS_MAX 32

/* It is written anew when it has this many lines too much, and twice as many as it needs. */
#define LINES_MORE 1024

struct entry {
	uint32_t seen;
	char name[];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static struct entry *make(const char *name, uint32_t seen)
{
	struct entry *entry = malloc(sizeof(*entry) + strlen(name) + 1);

	if (!entry)
		return NULL;
	entry->seen = seen;
	strcpy(entry->name, name);
	return entry;
}

static struct entry *find(void *set, const char *name)
{
	union {
		struct entry entry;
		char room[sizeof(struct entry) + LOGNAME_SIZE];
	} like;

	snprintf(like.entry.name, LOGNAME_SIZE, "%s", name);
	return ordered_find(set, &like.entry, by_name);
}

static void put(struct roll *roll, const char *name, uint32_t seen)
{
	struct entry *entry = find(roll->names, name);

	if (entry) {
		entry->seen = seen;
		return;
	}
	entry = make(name, seen);
	if (entry && ordered_put(&roll->names, entry, by_name))
		roll->count++;
	else
		free(entry);
}

static void noted(struct roll *roll, int err)
{
	if (err && !roll->told)
		msg_error("cannot note in %s/" LOGDIR_STATE "/" LOGDIR_ROLL
			  " which logs are kpl011's: %s; it is tried again",
			  roll->dir->path, regular_reason(-err));
	roll->told = err;
	roll->pending = err;
}

/* All of it, anew. */
static void write_all(struct roll *roll)
{
	int state = roll->dir->state;
	int fd = regular_open_at(state, TMP, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int err = fd < 0 ? -fd : file ? 0 : errno;

	if (fd >= 0 && !file)
		close(fd);
	for (struct entry *e = ordered_first(roll->names, by_name); file && e;
	     e = ordered_after(roll->names, e, by_name))
		fprintf(file, "%s\n", e->name);
	if (file && (ferror(file) | fclose(file)))
		err = errno ? errno : EIO;
	if (!err && renameat(state, TMP, state, LOGDIR_ROLL))
		err = errno;
	if (!err)
		roll->lines = roll->count;
	noted(roll, err);
}

/* What is called as a log that was not cut off: an earlier version has made it. */
static void take_over(struct roll *roll)
{
	struct dirread *entries = dirread_open(roll->dir->fd);
	struct logname name;
	const char *text;

	while (entries && (text = dirread_next(entries)))
		if (logname_current(text, &name))
			put(roll, text, 0);
	if (!entries || dirread_error(entries))
		roll->unknown = true;
	dirread_close(entries);
	if (!roll->unknown)
		write_all(roll);
}

static void read_names(struct roll *roll, FILE *file)
{
	struct logname name;
	char line[LOGNAME_SIZE + 2];

	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(line);

		/* The last one may be half, by a kill. */
		if (!len || line[len - 1] != '\n')
			continue;
		line[len - 1] = '\0';
		roll->lines++;
		if (logname_current(line, &name))
			put(roll, line, 0);
	}
	if (ferror(file))
		roll->unknown = true;
}

static void open_it(struct roll *roll)
{
	int fd = regular_open_at(roll->dir->state, LOGDIR_ROLL, O_RDONLY | O_NOFOLLOW, 0);
	FILE *file;

	if (fd == -ENOENT) {
		take_over(roll);
		return;
	}
	if (fd >= 0 && (file = fdopen(fd, "r"))) {
		read_names(roll, file);
		fclose(file);
		return;
	}
	roll->unknown = true;
	if (fd >= 0)
		close(fd);
}

void roll_load(struct roll *roll)
{
	size_t had = roll->count;

	if (roll->dir->state < 0 || (roll->loaded && roll->generation == roll->dir->generation))
		return;
	roll->loaded = true;
	roll->generation = roll->dir->generation;
	roll->unknown = false;
	roll->lines = 0;
	open_it(roll);
	if (roll->unknown)
		msg_error(
			"cannot read %s/" LOGDIR_STATE "/" LOGDIR_ROLL
			", which says which logs are kpl011's: all that are called so are taken for "
			"them",
			roll->dir->path);
	else if (had)
		write_all(roll);
}

static void free_all(void **set)
{
	struct entry *entry;

	while ((entry = ordered_first(*set, by_name))) {
		ordered_take(set, entry, by_name);
		free(entry);
	}
}

void roll_free(struct roll *roll)
{
	free_all(&roll->names);
	free_all(&roll->strangers);
}

bool roll_has(struct roll *roll, const char *name, uint32_t seen)
{
	struct entry *entry = find(roll->names, name);

	if (entry)
		entry->seen = seen;
	return entry || roll->unknown || !roll->loaded;
}

void roll_add(struct roll *roll, const char *name, uint32_t seen)
{
	char line[LOGNAME_SIZE + 1];
	int len = snprintf(line, sizeof(line), "%s\n", name);
	bool known = find(roll->names, name);
	int fd;

	/* One that is made while the directory is looked through may not be found there. */
	put(roll, name, seen);
	if (known && !roll->pending)
		return;
	if (roll->unknown || roll->dir->state < 0)
		return;
	/* What is half there would be part of the next line. */
	if (roll->pending) {
		write_all(roll);
		return;
	}
	fd = regular_open_at(roll->dir->state, LOGDIR_ROLL,
			     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
	errno = fd < 0 ? -fd : ENOSPC;
	noted(roll, fd >= 0 && write(fd, line, (size_t)len) == len ? 0 : errno);
	roll->lines++;
	if (fd >= 0)
		close(fd);
}

void roll_tell(struct roll *roll, const char *name)
{
	struct entry *entry;

	if (roll->stranger_count >= STRANGERS_MAX || find(roll->strangers, name))
		return;
	entry = make(name, 0);
	if (!entry || !ordered_put(&roll->strangers, entry, by_name)) {
		free(entry);
		return;
	}
	msg_error("%s/%s is no log that kpl011 has made: it is left alone", roll->dir->path, name);
	if (++roll->stranger_count == STRANGERS_MAX)
		msg_more("There may be more, which are left alone as well.");
}

void roll_prune(struct roll *roll, uint32_t seen)
{
	struct entry *entry = ordered_first(roll->names, by_name);
	size_t there = 0;

	for (; entry; entry = ordered_after(roll->names, entry, by_name))
		there += entry->seen == seen;
	if (roll->unknown || (roll->lines <= 2 * there + LINES_MORE && !roll->pending))
		return;
	for (entry = ordered_first(roll->names, by_name); entry;) {
		struct entry *next = ordered_after(roll->names, entry, by_name);

		if (entry->seen != seen) {
			ordered_take(&roll->names, entry, by_name);
			free(entry);
			roll->count--;
		}
		entry = next;
	}
	write_all(roll);
}
