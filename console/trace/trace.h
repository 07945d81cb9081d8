/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of a trace: the module's trace events (kmod/trace.h), without how
 * they are recorded.
 */
#ifndef KPL011_TRACE_H
#define KPL011_TRACE_H

#include <stdint.h>

enum trace_kind {
	TRACE_READ,  /* of @offset; @value: what the guest got */
	TRACE_WRITE, /* of @value to @offset */
	TRACE_LINE,  /* the level of the interrupt line; @value: 1 is high */
	TRACE_BREAK, /* a break; @value: 1 if the guest receives it */
	TRACE_FLOW,  /* the queue of bytes for the guest; @value: one of trace_flow */
	TRACE_KINDS,
	TRACE_LOST = TRACE_KINDS, /* @value events of any port were lost; 0: unknown how many */
};

enum trace_flow {
	TRACE_FLOW_FULL,
	TRACE_FLOW_ROOM,
};

struct trace_event {
	enum trace_kind kind;
	uint64_t ns; /* CLOCK_BOOTTIME */
	uint32_t port;
	uint16_t offset;
	uint8_t len; /* bytes of an access: 1, 2, 4, 8 */
	uint64_t value;
};

#endif /* KPL011_TRACE_H */
