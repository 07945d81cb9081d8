// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/trace_events.h>

/*
 * tracefs is root's, but perf_event_open(2) lets every user count trace events in
 * tasks of his own, where kernel.perf_event_paranoid is 2 or less. While somebody
 * counts reads there is no page in anybody's guest, and who counts anything keeps
 * the module. A task that inherits what another one counts is no other user.
 *
 * TRACE_EVENT_PERF_PERM() is an initcall: it would run after the events are there.
 */
static int trace_reg(struct trace_event_call *call, enum trace_reg type,
		     void *data)
{
#ifdef CONFIG_PERF_EVENTS
	const struct perf_event *event = data;

	if ((type == TRACE_REG_PERF_REGISTER ||
	     (type == TRACE_REG_PERF_OPEN && !event->parent)) &&
	    !perfmon_capable())
		return -EPERM;
#endif
	return trace_event_reg(call, type, data);
}

/* What the classes of the events have for it. */
#define trace_event_reg trace_reg
#define CREATE_TRACE_POINTS
#include "trace.h"
