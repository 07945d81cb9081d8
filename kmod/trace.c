// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/trace_events.h>

#include "page.h"

/*
 * tracefs is root's. But if kernel.perf_event_paranoid is 2 or less,
 * perf_event_open(2) lets every user count trace events in their own tasks.
 * While somebody counts reads, no guest has a page, and whoever counts any
 * event keeps the module loaded. So counting takes CAP_PERFMON, but for a task
 * that inherits what another one counts, which is not another user.
 *
 * TRACE_EVENT_PERF_PERM() is an initcall: it would run after the events exist.
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

/* The classes of the events name trace_event_reg(): have them use the above. */
#define trace_event_reg trace_reg
#define CREATE_TRACE_POINTS
#include "trace.h"
