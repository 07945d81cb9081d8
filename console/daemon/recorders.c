// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/recorders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/human.h"
#include "base/msg.h"
#include "daemon/decide.h"
#include "daemon/journal.h"
#include "daemon/sdnotify.h"
#include "daemon/renaming.h"
#include "source/source_port.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

#define BROKEN_RETRY_MS 5000
#define DIR_RETRY_MS 1000

static struct recorder *find_id(const struct recorders *all, uint32_t id)
{
	for (struct recorder *recorder = all->first; recorder; recorder = recorder->next)
		if (recorder->port.id == id && !recorder->forgotten)
			return recorder;
	return NULL;
}

/* Who writes to files of that name. */
static struct recorder *find_writer(const struct recorders *all, const char *base)
{
	for (struct recorder *recorder = all->first; recorder; recorder = recorder->next)
		if (!recorder->done && !strcmp(recorder->base, base))
			return recorder;
	return NULL;
}

static void keep(const char *base, struct archive_limits *limits, bool *compress, void *arg)
{
	const struct recorders *all = arg;
	struct policy_decision decision;
	bool known = false;
	uint64_t age;

	for (const struct recorder *r = all->first; r; r = r->next) {
		if (strcmp(r->base, base))
			continue;
		decision = r->decision;
		known = true;
	}
	if (!known)
		decide_gone(all->policy, base, &decision);
	age = decision.value[POLICY_KEEP_AGE];
	*limits = (struct archive_limits){
		.files = decision.value[POLICY_KEEP_FILES],
		.bytes = decision.value[POLICY_KEEP_SIZE],
		.since = age ? (int64_t)time(NULL) - (int64_t)age : 0,
	};
	*compress = decision.value[POLICY_COMPRESS];
}

static bool in_use(const char *base, void *arg)
{
	return find_writer(arg, base);
}

static const struct keeper_ops keeper_ops = {
	.limits = keep,
	.in_use = in_use,
};

/*
 * Two guests that live never write to one file; a guest's next life goes on in
 * that of the one before, when that one is through. By numbers from 1 on there are
 * never more names than guests at a time.
 */
static void choose_base(const struct recorders *all, struct recorder *recorder)
{
	const struct source_facts *facts = &recorder->facts;
	int64_t uid = facts->uid == all->policy->plain ? LOGNAME_OWN : (int64_t)facts->uid;
	const struct recorder *other;
	char base[LOGNAME_SIZE];

	for (int64_t nth = 1;; nth++) {
		other = find_writer(all, logname_base(facts->name, uid, nth, base));
		if (!other)
			break;
		if (!recorder_lives(other))
			return;
	}
	strcpy(recorder->base, base);
}

static void start(struct recorders *all, struct recorder *recorder)
{
	struct policy_decision decision = recorder->decision;

	recorder_decide(recorder, &decision);
	if (recorder->broken)
		loop_timer_set(all->again, BROKEN_RETRY_MS);
	if (recorder->forgotten)
		loop_timer_set(all->tidying, 0);
}

static bool has_to_start(const struct recorder *recorder)
{
	return !recorder->done && !recorder->base[0] && recorder->decision.value[POLICY_LOG];
}

static void tell_status(const struct recorders *all)
{
	char bytes[HUMAN_SIZE];
	size_t guests = 0;

	for (const struct recorder *r = all->first; r; r = r->next)
		guests += !r->done;
	sdnotify(SDNOTIFY_MAY, "STATUS=%zu guest%s, %s of logs in %s", guests,
		 guests == 1 ? "" : "s", human_bytes(keeper_bytes(all->shared.keeper), bytes),
		 all->shared.dir.path);
}

/* In a directory that was not looked at before. */
static void rename_old(struct recorders *all)
{
	const struct logdir *dir = &all->shared.dir;

	if (dir->state < 0 || (all->renamed && all->generation == dir->generation))
		return;
	renaming_logs(dir, all->boot, all->policy->plain);
	all->renamed = true;
	all->generation = dir->generation;
}

/* Who has written before has its name already. */
static void settle(struct recorders *all)
{
	if (all->starting)
		return;
	/* What was written before is not known without it. */
	if (all->shared.dir.state < 0 && logdir_check(&all->shared.dir)) {
		loop_timer_set(all->again, DIR_RETRY_MS);
		return;
	}
	rename_old(all);
	keeper_renew(all->shared.keeper);
	for (struct recorder *r = all->first; r; r = r->next)
		if (has_to_start(r) && recorder_remembers(r, r->base))
			start(all, r);
	for (struct recorder *r = all->first; r; r = r->next) {
		if (!has_to_start(r))
			continue;
		choose_base(all, r);
		if (r->base[0])
			start(all, r);
	}
	tell_status(all);
}

static void reap(const struct recorder *recorder)
{
	struct source *src;
	int err;

	err = port_open(recorder->port.id, true, &src);
	if (!err) {
		err = source_reap(src);
		source_close(src);
	}
	if (err && err != -ENODEV && err != -ENOENT && err != -EBUSY)
		msg_error("cannot reap %s (port %u): %s", recorder->label, recorder->port.id,
			  strerror(-err));
}

static void tidy(void *arg)
{
	struct recorders *all = arg;
	struct recorder **link = &all->first;

	while (*link) {
		struct recorder *recorder = *link;
		bool open = recorder->streams[0] || recorder->streams[1] || recorder->streams[2];

		if (recorder->done && open) {
			recorder_rest(recorder);
			if (recorder->decision.value[POLICY_REAP])
				reap(recorder);
		}
		if (recorder->forgotten && (recorder->done || !open)) {
			*link = recorder->next;
			recorder_forget(recorder);
			recorder_free(recorder);
		} else {
			link = &recorder->next;
		}
	}
	settle(all);
}

static void done(struct recorder *recorder, void *arg)
{
	struct recorders *all = arg;

	(void)recorder;
	loop_timer_set(all->tidying, 0);
}

static const struct recorder_ops recorder_ops = {
	.done = done,
};

static void start_broken(void *arg)
{
	struct recorders *all = arg;

	for (struct recorder *r = all->first; r; r = r->next)
		if (r->broken)
			start(all, r);
	settle(all);
}

int recorders_add(struct recorders *all, uint32_t id)
{
	struct recorder **link = &all->first;
	struct recorder *recorder;
	int err;

	if (find_id(all, id))
		return 0;
	err = recorder_new(&all->shared, id, all->boot, &recorder_ops, all, &recorder);
	/* Another's: its node tells when it changes. Or it went. */
	if (err == -EACCES || err == -EPERM) {
		if (!all->hidden)
			msg_error(
				"port %u is not logged, it belongs to another user; others may as well",
				id);
		all->hidden = true;
		return 0;
	}
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return 0;
	if (err)
		return err;
	decide_port(all->policy, &recorder->facts, &recorder->seen, &recorder->decision);
	while (*link && (*link)->port.attach_ns <= recorder->port.attach_ns)
		link = &(*link)->next;
	recorder->next = *link;
	*link = recorder;
	settle(all);
	return 0;
}

void recorders_gone(struct recorders *all, uint32_t id)
{
	struct recorder *recorder = find_id(all, id);

	if (!recorder)
		return;
	recorder->forgotten = true;
	loop_timer_set(all->tidying, 0);
}

void recorders_decide(struct recorders *all)
{
	struct policy_decision decision;

	all->shared.journal_path = all->policy->journal;
	keeper_budget(all->shared.keeper, all->policy->budget);
	for (struct recorder *r = all->first; r; r = r->next) {
		decide_port(all->policy, &r->facts, &r->seen, &decision);
		r->decision = decision;
		if (r->base[0])
			start(all, r);
	}
	settle(all);
	keeper_apply(all->shared.keeper);
}

void recorders_rotate(struct recorders *all)
{
	for (struct recorder *r = all->first; r; r = r->next)
		recorder_rotate(r);
}

/* Of ports that are no more: ids count anew with each load of the module. */
static void drop_ledgers(const struct recorders *all)
{
	int fd = openat(all->shared.dir.state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct ledger_port port = { 0 };
	char path[PORT_PATH_SIZE];
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const struct recorder *recorder;

		if (sscanf(entry->d_name, "%u-%" SCNu64 ".", &port.id, &port.attach_ns) != 2)
			continue;
		recorder = find_id(all, port.id);
		/* Who cannot be asked now may be there. */
		if (recorder ? recorder->port.attach_ns != port.attach_ns
			     : access(port_path(port.id, path), F_OK))
			unlinkat(all->shared.dir.state, entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

void recorders_all_there(struct recorders *all)
{
	all->starting = false;
	settle(all);
	drop_ledgers(all);
}

static bool read_boot(char boot[LEDGER_BOOT_SIZE])
{
	FILE *file = fopen(BOOT_ID, "re");
	bool read = file && fscanf(file, "%36[0-9a-f-]", boot) == 1;

	if (file)
		fclose(file);
	return read;
}

enum status recorders_open(struct recorders *all, struct loop *loop, const struct policy *policy,
			   const char *path)
{
	struct logstream_shared *shared = &all->shared;
	enum status status;

	*all = (struct recorders){ .policy = policy, .starting = true, .shared.journal = -1 };
	shared->loop = loop;
	status = logdir_open(&shared->dir, path);
	if (status)
		return status;
	all->open = true;
	if (!read_boot(all->boot)) {
		msg_error("cannot read %s, which tells this boot from others", BOOT_ID);
		return STATUS_FAILED;
	}
	all->tidying = loop_timer(loop, tidy, all);
	all->again = loop_timer(loop, start_broken, all);
	shared->scratch = malloc(LOGSTREAM_SCRATCH);
	shared->keeper = keeper_new(loop, &shared->dir, &keeper_ops, all);
	shared->journal = journal_open();
	if (!all->tidying || !all->again || !shared->scratch || !shared->keeper ||
	    shared->journal < 0) {
		msg_error("out of memory");
		return STATUS_FAILED;
	}
	rename_old(all);
	keeper_scan(shared->keeper);
	recorders_decide(all);
	return STATUS_OK;
}

void recorders_close(struct recorders *all)
{
	struct recorder *recorder;

	if (!all->open)
		return;
	while ((recorder = all->first)) {
		all->first = recorder->next;
		recorder_free(recorder);
	}
	loop_event_free(all->tidying);
	loop_event_free(all->again);
	keeper_free(all->shared.keeper);
	if (all->shared.journal >= 0)
		close(all->shared.journal);
	free(all->shared.scratch);
	logdir_close(&all->shared.dir);
}
