// SPDX-License-Identifier: GPL-2.0-only
#include "guests/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guests/match.h"
#include "guests/uevent.h"
#include "guests/vmfind.h"
#include "source/source_port.h"

#define RETRY_FIRST_MS 2
#define RETRY_MAX_MS 100
#define RETRY_TOTAL_MS 2000

/* Messages of the kernel in one turn. */
#define EVENTS_PER_TURN 64

/* A VM that was announced and is not attached yet. */
struct attempt {
	struct watcher *watcher;
	struct attempt *next;
	pid_t pid;
	uint64_t since_ms;
	uint64_t delay_ms;
	bool announced; /* else found by looking, and maybe no VM */
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
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void forget_attempt(struct attempt *attempt)
{
	struct attempt **link = &attempt->watcher->attempts;

	while (*link != attempt)
		link = &(*link)->next;
	*link = attempt->next;
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

/* Tries once; false: not yet. */
static bool try_attach(struct watcher *watcher, const struct attempt *attempt)
{
	bool late = now_ms() - attempt->since_ms >= RETRY_TOTAL_MS;
	struct attach_options opts = watcher->opts;
	char name[SOURCE_NAME_SIZE] = "";
	struct attach_result result;
	enum status status;

	if (!attach_name(attempt->pid, &watcher->opts, name) && watcher->glob &&
	    !match_glob(watcher->glob, name))
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
		/* A VM that was made to ask KVM something, most likely. */
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

	if (try_attach(attempt->watcher, attempt)) {
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
			attempt->since_ms = now_ms();
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
	attempt->since_ms = now_ms();
	attempt->delay_ms = RETRY_FIRST_MS;
	attempt->announced = true;
	attempt->next = watcher->attempts;
	watcher->attempts = attempt;
	/* At once, but after the events that are here already. */
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
	new->reader = loop_reader(loop, new->uevents, LOOP_KEYS, on_uevent, new);
	if (!new->reader) {
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
	loop_event_free(watcher->reader);
	close(watcher->uevents);
	free(watcher);
}

static int scan_process(pid_t pid, void *arg)
{
	struct watcher *watcher = arg;
	struct attempt attempt = { .watcher = watcher, .pid = pid, .since_ms = now_ms() };

	/* What one may not look into is not known to be a VM. */
	if (vmfind_has_vm(pid) == 1)
		try_attach(watcher, &attempt);
	return 0;
}

int watcher_scan(struct watcher *watcher)
{
	return vmfind_each(scan_process, watcher);
}
