// SPDX-License-Identifier: GPL-2.0-only
#include "source/filewatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Bytes of events that are read at a time; others wait for the next turn. */
#define EVENTS 4096

/* The inotify instance of a loop; it exists while the loop has a watch. */
struct shared {
	struct shared *next;
	struct loop *loop;
	int fd; /* -1: there are too many instances already */
	struct loop_event *reader;
	struct filewatch *watches;
};

struct filewatch {
	struct filewatch *next;
	struct shared *shared;
	/* Two watches of one file have the same number. -1: the file is not watched. */
	int number;
	loop_cb *changed;
	void *arg;
};

static struct shared *all;

static void on_event(struct shared *shared, const struct inotify_event *event)
{
	for (struct filewatch *watch = shared->watches; watch; watch = watch->next) {
		if (watch->number != event->wd && !(event->mask & IN_Q_OVERFLOW))
			continue;
		/* The kernel has removed the watch: the file or its file system is gone. */
		if (event->mask & IN_IGNORED)
			watch->number = -1;
		watch->changed(watch->arg);
	}
}

static void on_readable(void *arg)
{
	char events[EVENTS] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct shared *shared = arg;
	ssize_t len = read(shared->fd, events, sizeof(events));

	for (char *at = events; len > 0 && at < events + len;) {
		const struct inotify_event *event = (const struct inotify_event *)at;

		on_event(shared, event);
		at += sizeof(*event) + event->len;
	}
}

static void free_shared(struct shared *shared)
{
	struct shared **at = &all;

	while (*at != shared)
		at = &(*at)->next;
	*at = shared->next;
	loop_event_free(shared->reader);
	if (shared->fd >= 0)
		close(shared->fd);
	free(shared);
}

static struct shared *shared_of(struct loop *loop)
{
	struct shared *shared;

	for (shared = all; shared; shared = shared->next)
		if (shared->loop == loop)
			return shared;
	shared = calloc(1, sizeof(*shared));
	if (!shared)
		return NULL;
	shared->next = all;
	all = shared;
	shared->loop = loop;
	shared->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (shared->fd < 0)
		return shared;
	shared->reader = loop_reader(loop, shared->fd, LOOP_DATA, on_readable, shared);
	if (!shared->reader) {
		free_shared(shared);
		return NULL;
	}
	loop_on(shared->reader);
	return shared;
}

/* Stops watching. The kernel's watch is removed with the last of ours that has its number. */
static void end(struct filewatch *watch)
{
	int number = watch->number;

	watch->number = -1;
	if (number < 0)
		return;
	for (struct filewatch *other = watch->shared->watches; other; other = other->next)
		if (other->number == number)
			return;
	inotify_rm_watch(watch->shared->fd, number);
}

void filewatch_set(struct filewatch *watch, int fd)
{
	char path[32];

	end(watch);
	if (watch->shared->fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	watch->number = inotify_add_watch(watch->shared->fd, path, IN_MODIFY);
}

struct filewatch *filewatch_new(struct loop *loop, int fd, loop_cb *changed, void *arg)
{
	struct filewatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->shared = shared_of(loop);
	if (!watch->shared) {
		free(watch);
		return NULL;
	}
	watch->number = -1;
	watch->changed = changed;
	watch->arg = arg;
	watch->next = watch->shared->watches;
	watch->shared->watches = watch;
	filewatch_set(watch, fd);
	return watch;
}

void filewatch_free(struct filewatch *watch)
{
	struct filewatch **at;

	if (!watch)
		return;
	end(watch);
	for (at = &watch->shared->watches; *at != watch; at = &(*at)->next)
		;
	*at = watch->next;
	if (!watch->shared->watches)
		free_shared(watch->shared);
	free(watch);
}
