/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces ports with the kernel's tracefs, in a tracing instance of its own,
 * whose buffers nobody else writes to or reads. Only tracer.c knows libtracefs
 * and libtraceevent.
 */
#ifndef KPL011_TRACER_H
#define KPL011_TRACER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "trace/trace.h"

/* As many as fit into the kernel's filter. */
#define TRACER_PORTS_MAX 128
#define TRACER_OFFSETS_MAX 32

struct tracer;

struct tracer_request {
	bool kinds[TRACE_KINDS];
	uint32_t ports[TRACER_PORTS_MAX];
	size_t port_count;
	uint16_t offsets[TRACER_OFFSETS_MAX]; /* trace accesses of these only */
	size_t offset_count;		      /* 0: of all registers */
	size_t buffer;			      /* bytes for each CPU */
};

/**
 * tracer_start - begin to trace
 * @request: what to trace
 * @tracer: returned: the tracer
 *
 * Everything that happens after the return is recorded. Also removes what tracers that were killed
 * have left behind. If it fails, it has printed why.
 */
enum status tracer_start(const struct tracer_request *request, struct tracer **tracer);

/* Ends the trace and removes the instance; prints an error if it cannot. NULL is fine. */
void tracer_free(struct tracer *tracer);

/* Readable while the kernel has events. */
int tracer_fd(const struct tracer *tracer);

/* Returns 1 and the next event, 0 if there is none now, or a negative errno. */
int tracer_next(struct tracer *tracer, struct trace_event *event);

#endif /* KPL011_TRACER_H */
