// SPDX-License-Identifier: GPL-2.0-only
#include "guests/watcher.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/glob.h"
#include "base/human.h"
#include "guests/uevent.h"
#include "guests/vmfind.h"
#include "source/source_port.h"

#define RETRY_FIRST_MS 2
#define RETRY_MAX_MS 100
#define RETRY_TOTAL_MS 2000

/* Messages of the kernel that are read in one turn. */
#define EVENTS_PER_TURN 64

/* Descriptors of a process to look at before the clock is read again. */
#define DESCRIPTORS 16

/* A VM that was announced and is not attached yet, or a process that may have one. */
struct attempt {
	struct watcher *watcher;
	struct attempt *next;
	pid_t pid;
	uint64_t since_ms;
	uint64_t delay_ms;
	bool announced; /* by KVM; otherwise a scan found the process, which may have no VM */
	struct vm_search search;
	struct loop_event *timer;
};

struct watcher {
	struct loop *loop;
	int control;
	struct attach_options opts;
	const char *glob;
	const struct watcher_ops *ops;
	void *arg;
	int uevents;
	struct loop_event *reader;
	struct attempt *attempts;
	/* The scan of all processes. */
	DIR *processes;
	struct attempt looked; /* the current process of the scan; its pid is 0: none */
	struct loop_event *scan;
};

static void forget_attempt(struct attempt *attempt)
{
	struct attempt **link = &attempt->watcher->attempts;

	while (*link != attempt)
		link = &(*link)->next;
	*link = attempt->next;
	vmfind_search_end(&attempt->search);
	loop_event_free(attempt->timer);
	free(attempt);
}

static enum status attach(const struct watcher *watcher, pid_t pid,
			  const struct attach_options *opts, struct attach_result *result)
{
	enum status status = STATUS_NO_MODULE;
	int control;

	if (watcher->control >= 0)
		return attach_process(watcher->control, pid, opts, result);
	control = port_control_open();
	if (control >= 0) {
		status = attach_process(control, pid, opts, result);
		close(control);
		return status;
	}
	*result = (struct attach_result){ .err = control };
	attach_name(pid, opts, result->name);
	snprintf(result->reason, sizeof(result->reason), "%s",
		 control == -ENOENT ? "the kernel module kpl011 is not loaded"
				    : strerror(-control));
	return control == -EACCES ? STATUS_PERMISSION : status;
}

/*
 * Returns the number of the VM's descriptor, or a negative errno. -EAGAIN: the turn is over; call
 * it again to continue.
 */
static int find_vm(struct attempt *attempt, uint64_t begun, uint64_t turn_ns)
{
	int number = 0;

	if (!attempt->search.dir)
		number = vmfind_search_begin(attempt->pid, &attempt->search);
	if (number)
		return number;
	do
		number = vmfind_search_some(&attempt->search, DESCRIPTORS);
	while (number == -EAGAIN && !clock_passed(begun, turn_ns));
	if (number != -EAGAIN)
		vmfind_search_end(&attempt->search);
	return number;
}

/* Tries once to attach; @found: what find_vm() returned. False: try again later. */
static bool try_attach(struct watcher *watcher, const struct attempt *attempt, int found)
{
	bool late = clock_ms() - attempt->since_ms >= RETRY_TOTAL_MS;
	struct attach_options opts = watcher->opts;
	char name[SOURCE_NAME_SIZE] = "";
	struct attach_result result;
	enum status status;

	opts.found = &found;
	if (!attach_name(attempt->pid, &watcher->opts, name) && watcher->glob &&
	    !glob_matches(watcher->glob, name))
		return true;
	if (watcher->ops->choose && !watcher->ops->choose(attempt->pid, name, &opts, watcher->arg))
		return true;
	status = attach(watcher, attempt->pid, &opts, &result);
	switch (status) {
	case STATUS_OK:
		watcher->ops->attached(attempt->pid, &result, false, watcher->arg);
		return true;
	case STATUS_ATTACHED:
		if (result.known)
			watcher->ops->attached(attempt->pid, &result, true, watcher->arg);
		else
			watcher->ops->refused(attempt->pid, &result, status, watcher->arg);
		return true;
	case STATUS_NO_VM:
	case STATUS_NO_GUEST:
		if (!attempt->announced)
			return true;
		if (status == STATUS_NO_VM && !late)
			return false;
		if (watcher->ops->vanished)
			watcher->ops->vanished(attempt->pid, name, watcher->arg);
		return true;
	default:
		watcher->ops->refused(attempt->pid, &result, status, watcher->arg);
		return true;
	}
}

static void on_retry(void *arg)
{
	struct attempt *attempt = arg;
	int found = find_vm(attempt, clock_ns(), WATCHER_TURN_NS);

	if (found == -EAGAIN) {
		loop_timer_set(attempt->timer, 0);
		return;
	}
	if (try_attach(attempt->watcher, attempt, found)) {
		forget_attempt(attempt);
		return;
	}
	if (attempt->delay_ms < RETRY_MAX_MS)
		attempt->delay_ms *= 2;
	loop_timer_set(attempt->timer, attempt->delay_ms);
}

static void announced(struct watcher *watcher, pid_t pid)
{
	struct attempt *attempt;

	for (attempt = watcher->attempts; attempt; attempt = attempt->next) {
		if (attempt->pid == pid) {
			attempt->since_ms = clock_ms();
			attempt->delay_ms = RETRY_FIRST_MS;
			return;
		}
	}
	attempt = calloc(1, sizeof(*attempt));
	if (attempt)
		attempt->timer = loop_timer(watcher->loop, on_retry, attempt);
	if (!attempt || !attempt->timer) {
		struct attach_result result = { .err = -ENOMEM, .reason = "out of memory" };

		free(attempt);
		watcher->ops->refused(pid, &result, STATUS_FAILED, watcher->arg);
		return;
	}
	attempt->watcher = watcher;
	attempt->pid = pid;
	attempt->since_ms = clock_ms();
	attempt->delay_ms = RETRY_FIRST_MS;
	attempt->announced = true;
	attempt->next = watcher->attempts;
	watcher->attempts = attempt;
	/* As soon as possible, but after the events that have been received already. */
	loop_timer_set(attempt->timer, 0);
}

static void on_uevent(void *arg)
{
	struct watcher *watcher = arg;
	pid_t pid;
	int ret;

	for (int i = 0; i < EVENTS_PER_TURN; i++) {
		ret = uevent_read(watcher->uevents, &pid);
		if (ret == -EAGAIN)
			return;
		if (ret < 0) {
			if (ret != -ENOBUFS)
				loop_off(watcher->reader);
			watcher->ops->failed(ret, watcher->arg);
			if (ret != -ENOBUFS)
				return;
		} else if (ret) {
			announced(watcher, pid);
		}
	}
}

/* Sets watcher->looked to the next process. False: there are no more. */
static bool next_process(struct watcher *watcher)
{
	struct dirent *entry;
	uint64_t pid = 0;

	while (!pid && (entry = readdir(watcher->processes)))
		if (!human_parse(entry->d_name, 1, INT_MAX, &pid))
			pid = 0;
	watcher->looked = (struct attempt){
		.watcher = watcher,
		.pid = (pid_t)pid,
		.since_ms = clock_ms(),
	};
	return pid;
}

static void end_scan(struct watcher *watcher)
{
	vmfind_search_end(&watcher->looked.search);
	watcher->looked.pid = 0;
	if (watcher->processes)
		closedir(watcher->processes);
	watcher->processes = NULL;
}

/* Scans for one turn. False: all processes are done. */
static bool scan_some(struct watcher *watcher, uint64_t turn_ns)
{
	struct attempt *looked = &watcher->looked;
	uint64_t begun = clock_ns();
	int found;

	do {
		if (!looked->pid && !next_process(watcher))
			return false;
		found = find_vm(looked, begun, turn_ns);
		if (found == -EAGAIN)
			return true;
		/* A process that this user may not look at is not known to have a VM. */
		if (found >= 0)
			try_attach(watcher, looked, found);
		looked->pid = 0;
	} while (!clock_passed(begun, turn_ns));
	return true;
}

static void on_scan(void *arg)
{
	struct watcher *watcher = arg;
	bool more = watcher->processes && scan_some(watcher, WATCHER_TURN_NS);

	if (more)
		loop_timer_set(watcher->scan, 0);
	else
		end_scan(watcher);
	if (watcher->ops->scanned)
		watcher->ops->scanned(!more, watcher->arg);
}

int watcher_new(struct loop *loop, int control, const struct attach_options *opts, const char *glob,
		const struct watcher_ops *ops, void *arg, struct watcher **watcher)
{
	struct watcher *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	new->loop = loop;
	new->control = control;
	new->opts = *opts;
	new->glob = glob;
	new->ops = ops;
	new->arg = arg;
	new->uevents = uevent_open();
	if (new->uevents < 0) {
		err = new->uevents;
		free(new);
		return err;
	}
	/* LOOP_DATA: a user who makes VMs without end must not make other guests wait. */
	new->reader = loop_reader(loop, new->uevents, LOOP_DATA, on_uevent, new);
	new->scan = loop_timer(loop, on_scan, new);
	if (!new->reader || !new->scan) {
		watcher_free(new);
		return -ENOMEM;
	}
	loop_on(new->reader);
	*watcher = new;
	return 0;
}

void watcher_free(struct watcher *watcher)
{
	if (!watcher)
		return;
	while (watcher->attempts)
		forget_attempt(watcher->attempts);
	end_scan(watcher);
	loop_event_free(watcher->reader);
	loop_event_free(watcher->scan);
	close(watcher->uevents);
	free(watcher);
}

static int begin_scan(struct watcher *watcher)
{
	end_scan(watcher);
	watcher->processes = opendir("/proc");
	return watcher->processes ? 0 : -errno;
}

int watcher_scan(struct watcher *watcher)
{
	int err = begin_scan(watcher);

	if (!err)
		loop_timer_set(watcher->scan, 0);
	return err;
}

int watcher_scan_now(struct watcher *watcher)
{
	int err = begin_scan(watcher);

	while (!err && scan_some(watcher, UINT64_MAX))
		;
	end_scan(watcher);
	return err;
}
