/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of all CPUs in the order of their times, while they come in. Pure:
 * where they come from is a function.
 *
 * An event of one CPU may be there to be read before an earlier one of another
 * is looked for. So none is given out before every CPU of which nothing is in
 * hand was found empty after the last event in hand was read: what happened
 * before an event was recorded before it was.
 */
#ifndef KPL011_TRACE_MERGE_H
#define KPL011_TRACE_MERGE_H

#include <stddef.h>

#include "trace/trace.h"

struct trace_merge;

/*
 * Gives some of what @stream has, in order, with trace_merge_add(). Returns
 * how much, 0: it has none now, or a negative errno.
 */
typedef int trace_merge_fill(struct trace_merge *merge, size_t stream, void *arg);

/* NULL: out of memory. */
struct trace_merge *trace_merge_new(size_t streams, trace_merge_fill *fill, void *arg);

void trace_merge_free(struct trace_merge *merge);

/* -ENOMEM. */
int trace_merge_add(struct trace_merge *merge, size_t stream, const struct trace_event *event);

/* Returns 1 and the next event, 0: there is none now, or a negative errno. */
int trace_merge_next(struct trace_merge *merge, struct trace_event *event);

#endif /* KPL011_TRACE_MERGE_H */
