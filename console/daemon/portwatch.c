// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/portwatch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg.h"
#include "source/port_name.h"
#include "source/source_port.h"

/* The length of a turn of the loop. */
#define TURN_NS ((uint64_t)10 * 1000000)

#define RETRY_FIRST_MS 20
#define RETRY_MAX_MS 10000

/* For how long the others wait for a port that cannot be looked at. */
#define HOLD_NS ((uint64_t)2000 * 1000000)

#define NODES (IN_CREATE | IN_ATTRIB | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR)
#define PARENT (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

struct portwatch {
	const struct portwatch_ops *ops;
	void *arg;
	int fd;
	int nodes;		 /* watch of the directory; negative: there is none, an errno */
	int parent;		 /* the same of the directory above it */
	bool away;		 /* when it is there, the module was loaded */
	char name[NAME_MAX + 1]; /* of the directory, in its parent */
	struct loop_event *reader;
	struct loop_event *rest; /* continues with what was read */
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	size_t len;
	size_t at;
	struct loop_event *retry;
	struct loop_event *scan;
	DIR *entries;	   /* the directory, while it is being scanned */
	bool again;	   /* scan once more afterwards */
	int missed;	   /* error of one that could not be looked at, negative */
	int64_t missed_id; /* -1: the directory */
	uint64_t delay_ms;
	bool held; /* looking() was called, and scanned() not yet */
	int told;  /* errno that unseen() was called with, or 0 */
	uint64_t held_ns;
};

static void hold(struct portwatch *watch)
{
	if (watch->held)
		return;
	watch->held = true;
	watch->held_ns = clock_ns();
	watch->ops->looking(watch->arg);
}

static void let_go(struct portwatch *watch)
{
	if (watch->told != -watch->missed) {
		watch->told = -watch->missed;
		watch->ops->unseen(watch->missed_id, watch->told, watch->arg);
	}
	watch->held = false;
	watch->ops->scanned(watch->arg);
}

static int tell(struct portwatch *watch, uint32_t id)
{
	int err = watch->ops->appeared(id, watch->arg);

	if (!err || watch->missed)
		return err;
	watch->missed = err;
	watch->missed_id = id;
	return err;
}

static void try_later(struct portwatch *watch)
{
	watch->delay_ms = watch->delay_ms ? 2 * watch->delay_ms : RETRY_FIRST_MS;
	if (watch->delay_ms > RETRY_MAX_MS)
		watch->delay_ms = RETRY_MAX_MS;
	loop_timer_set(watch->retry, watch->delay_ms);
}

static int add_watch(const struct portwatch *watch, const char *path, uint32_t mask)
{
	int added = inotify_add_watch(watch->fd, path, mask);

	return added < 0 ? -errno : added;
}

/* Returns true if the directory is watched from now on; it may be another one than before. */
static bool watch_nodes(struct portwatch *watch)
{
	int before = watch->nodes;

	watch->nodes = add_watch(watch, port_dir(), NODES);
	return watch->nodes >= 0 && watch->nodes != before;
}

/* Watches "/dev" for the "kpl011" of "/dev/kpl011". */
static void watch_parent(struct portwatch *watch)
{
	char path[PORT_PATH_SIZE];
	char *slash;

	if (watch->parent >= 0)
		return;
	snprintf(path, sizeof(path), "%s", port_dir());
	slash = strrchr(path, '/');
	if (!slash)
		return;
	snprintf(watch->name, sizeof(watch->name), "%.200s", slash + 1);
	*slash = '\0';
	watch->parent = add_watch(watch, *path ? path : "/", PARENT);
}

/*
 * Why ports that come would not be seen: a negative errno, or 0. The directory may come between the
 * look for it and this one: the watch of its parent tells.
 */
static int unwatched(const struct portwatch *watch)
{
	int watched = watch->entries ? watch->nodes : watch->parent;

	return watched >= 0 || watched == -ENOENT || watched == -ENOTDIR ? 0 : watched;
}

/* If reading an entry fails, those after it are missed as well. */
static struct dirent *next_entry(struct portwatch *watch)
{
	struct dirent *entry;

	errno = 0;
	entry = readdir(watch->entries);
	if (!entry && errno && !watch->missed) {
		watch->missed = -errno;
		watch->missed_id = -1;
	}
	return entry;
}

/* Returns true if the turn is over, and there are more. */
static bool scan_some(struct portwatch *watch)
{
	uint64_t begun = clock_ns();
	struct dirent *entry;
	uint32_t id;

	while (watch->entries && (entry = next_entry(watch))) {
		if (port_name_number(entry->d_name, &id))
			tell(watch, id);
		if (clock_passed(begun, TURN_NS))
			return true;
	}
	return false;
}

static void on_scan(void *arg)
{
	struct portwatch *watch = arg;

	if (scan_some(watch)) {
		loop_timer_set(watch->scan, 0);
		return;
	}
	if (watch->entries)
		closedir(watch->entries);
	watch->entries = NULL;
	if (watch->missed)
		try_later(watch);
	else
		watch->delay_ms = 0;
	if ((!watch->missed && !watch->again) || watch->told ||
	    clock_passed(watch->held_ns, HOLD_NS))
		let_go(watch);
	if (watch->again)
		portwatch_scan(watch);
}

void portwatch_scan(struct portwatch *watch)
{
	bool appeared;

	/* Watch first, so that no change is missed in between. */
	watch_parent(watch);
	if (watch_nodes(watch))
		watch->ops->missed(watch->arg);
	hold(watch);
	/* Beginning again at once might never finish, where many ports come and go. */
	watch->again = watch->entries;
	if (watch->entries)
		return;
	watch->entries = opendir(port_dir());
	watch->missed = watch->entries ? 0 : -errno;
	appeared = watch->away && watch->entries;
	/* The directory comes and goes with the module. */
	if (watch->entries) {
		watch->away = false;
	} else if (watch->missed == -ENOENT || watch->missed == -ENOTDIR) {
		watch->away = true;
		watch->missed = 0;
	}
	if (!watch->missed)
		watch->missed = unwatched(watch);
	watch->missed_id = -1;
	loop_timer_set(watch->scan, 0);
	if (appeared)
		watch->ops->module(watch->arg);
}

static void on_retry(void *arg)
{
	portwatch_scan(arg);
}

static void on_event(struct portwatch *watch, const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";
	uint32_t id;

	if (event->mask & IN_Q_OVERFLOW) {
		/* Owners can cause an overflow by touching their nodes. */
		watch->ops->missed(watch->arg);
		/* What was lost may be that the directory went with the module, and came again. */
		watch->away |= watch_nodes(watch);
		portwatch_scan(watch);
	} else if (event->wd == watch->nodes && event->mask & IN_IGNORED) {
		watch->nodes = -ENOENT;
		watch->away = true;
	} else if (event->wd == watch->nodes && port_name_number(name, &id)) {
		if (event->mask & IN_DELETE) {
			watch->ops->gone(id, watch->arg);
		} else if (tell(watch, id)) {
			/* Once one could not be looked at for long, nobody waits for these. */
			if (!watch->told)
				hold(watch);
			try_later(watch);
		}
	} else if (event->mask & IN_DELETE) {
		return;
	} else if (event->wd == watch->parent ? !strcmp(name, watch->name)
					      : !strcmp(name, "control")) {
		watch->away = true;
		portwatch_scan(watch);
	}
}

/* Many ports that appear at once must not hold up the logging of guests. */
static void tell_events(struct portwatch *watch)
{
	uint64_t begun = clock_ns();

	while (watch->at < watch->len) {
		const struct inotify_event *event =
			(const struct inotify_event *)(watch->buf + watch->at);

		if (clock_passed(begun, TURN_NS)) {
			loop_off(watch->reader);
			loop_timer_set(watch->rest, 0);
			return;
		}
		watch->at += sizeof(*event) + event->len;
		on_event(watch, event);
	}
}

static void on_readable(void *arg)
{
	struct portwatch *watch = arg;
	ssize_t n = read(watch->fd, watch->buf, sizeof(watch->buf));

	watch->at = 0;
	watch->len = n > 0 ? (size_t)n : 0;
	tell_events(watch);
}

static void on_rest(void *arg)
{
	struct portwatch *watch = arg;

	loop_on(watch->reader);
	tell_events(watch);
}

int portwatch_new(struct loop *loop, const struct portwatch_ops *ops, void *arg,
		  struct portwatch **watch)
{
	struct portwatch *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->ops = ops;
	new->arg = arg;
	new->nodes = -ENOENT;
	new->parent = -ENOENT;
	new->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (new->fd < 0) {
		err = -errno;
		free(new);
		return err;
	}
	/* Not LOOP_KEYS: owners can cause events without end by touching their nodes. */
	new->reader = loop_reader(loop, new->fd, LOOP_DATA, on_readable, new);
	new->rest = loop_timer(loop, on_rest, new);
	new->retry = loop_timer(loop, on_retry, new);
	new->scan = loop_timer(loop, on_scan, new);
	if (!new->reader || !new->rest || !new->retry || !new->scan) {
		portwatch_free(new);
		return -ENOMEM;
	}
	watch_parent(new);
	loop_on(new->reader);
	*watch = new;
	return 0;
}

void portwatch_free(struct portwatch *watch)
{
	if (!watch)
		return;
	loop_event_free(watch->reader);
	loop_event_free(watch->rest);
	loop_event_free(watch->retry);
	loop_event_free(watch->scan);
	if (watch->entries)
		closedir(watch->entries);
	close(watch->fd);
	free(watch);
}
