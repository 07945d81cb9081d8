// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/failures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json_text.h"
#include "base/msg.h"
#include "base/newfile.h"
#include "base/regular.h"
#include "daemon/alertkeep.h"
#include "daemon/selfreport.h"

static json_t *text(const char *string)
{
	return json_text(string, strlen(string));
}

static void add(json_t *json, bool fails, const char *what, const char *why)
{
	json_t *one;

	if (!fails)
		return;
	one = json_object();
	json_object_set_new(one, "what", text(what));
	json_object_set_new(one, "why", text(why));
	json_array_append_new(json, one);
}

static void add_files(json_t *json, const struct recorders *all)
{
	int unnoted = alerting_unnoted(all->shared.alerting);
	char path[PATH_MAX + sizeof(REPORT_PATH) + sizeof(ALERTKEEP_COUNTS)];

	add(json, all->metrics_err && all->policy->metrics[0], all->policy->metrics,
	    newfile_reason(all->metrics_err));
	snprintf(path, sizeof(path), "%s/" REPORT_PATH, all->shared.dir.path);
	add(json, all->report_err, path, newfile_reason(all->report_err));
	snprintf(path, sizeof(path), "%s/" ALERTKEEP_COUNTS, all->shared.dir.path);
	add(json, unnoted, path, newfile_reason(unnoted));
}

static void add_keeper(json_t *json, const struct recorders *all)
{
	struct keeper_failing failing;

	keeper_fails(all->shared.keeper, &failing);
	add(json, failing.packer.err, "compressing",
	    failing.packer.killed ? "the process that does it was killed"
				  : strerror(failing.packer.err));
	add(json, failing.packer.stuck, "compressing", "a process that was killed does not end");
	add(json, failing.packer.other_group, "the group of compressed logs",
	    "the daemon may not give it to them");
	add(json, failing.remove, "removing logs", strerror(failing.remove));
	add(json, failing.too_much, "the limits of all logs", "nothing more can be removed");
	add(json, failing.look, "looking through the directory", strerror(failing.look));
	add(json, failing.clock, ".kpl011/clock", regular_reason(failing.clock));
	add(json, failing.roll, ".kpl011/logs", regular_reason(failing.roll));
	add(json, failing.unknown, "reading .kpl011/logs", regular_reason(failing.unknown));
	add(json, failing.unsure, "the clock",
	    "it has jumped: no log is removed or rotated by its age");
}

static void add_some(json_t *json, size_t guests, const char *why)
{
	char what[64];

	snprintf(what, sizeof(what), "%zu guest%s", guests, guests == 1 ? "" : "s");
	add(json, guests, what, why);
}

static void add_guests(json_t *json, const struct recorders *all)
{
	size_t broken = 0;

	for (const struct recorder *r = all->first; r; r = r->next)
		broken += r->broken;
	add_some(json, broken, "part of what is to be logged could not be started");
	add_some(json, all->fds.waiting, "not logged: too few file descriptors");
}

/* See portwatch.h: no disk is full. */
static const char *port_reason(int err)
{
	return err == ENOSPC ? "too few inotify watches: new ones are found some seconds late"
			     : strerror(err);
}

json_t *failures_json(const struct recorders *all)
{
	json_t *json = json_array();
	char why[64];

	add(json, all->failing.policy, "the policy",
	    "the file is wrong, and the previous policy stays in force");
	add(json, all->failing.module, "attaching", "the kernel module kpl011 is not loaded");
	add(json, all->failing.scan, "looking for VMs that run", "/proc cannot be read");
	add(json, all->failing.port, "looking at ports", port_reason(all->failing.port));
	add_files(json, all);
	add_guests(json, all);
	add(json, alerting_unsent(all->shared.alerting), "alerts", "the journal takes none");
	add_keeper(json, all);
	snprintf(why, sizeof(why), "%lu messages are missing there", msg_untold());
	add(json, msg_untold(), "its standard error, which nobody reads", why);
	return json;
}
