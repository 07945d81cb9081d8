/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merges the events of all CPUs, as they come in, in the order of their times.
 * Pure: a callback reads the events.
 *
 * When an event of one CPU is read, an earlier one of another CPU may not have
 * been read yet. So no event is returned before every CPU without events in
 * hand was found empty after the last event in hand was read: an event is
 * recorded before those that happen after it.
 */
#ifndef KPL011_TRACE_MERGE_H
#define KPL011_TRACE_MERGE_H

#include <stddef.h>

#include "trace/trace.h"

struct trace_merge;

/*
 * Reads some events of @stream, in order, and passes them to trace_merge_add().
 * Returns how many, 0 if there are none now, or a negative errno.
 */
typedef int trace_merge_fill(struct trace_merge *merge, size_t stream, void *arg);

/* NULL: out of memory. */
struct trace_merge *trace_merge_new(size_t streams, trace_merge_fill *fill, void *arg);

void trace_merge_free(struct trace_merge *merge);

/* Returns 0 or -ENOMEM. */
int trace_merge_add(struct trace_merge *merge, size_t stream, const struct trace_event *event);

/* Returns 1 and the next event, 0 if there is none now, or a negative errno. */
int trace_merge_next(struct trace_merge *merge, struct trace_event *event);

#endif /* KPL011_TRACE_MERGE_H */
