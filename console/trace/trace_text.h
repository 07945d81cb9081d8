/* SPDX-License-Identifier: GPL-2.0-only */
/* The events and times of a trace as text. Pure. */
#ifndef KPL011_TRACE_TEXT_H
#define KPL011_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/regs.h"
#include "trace/trace.h"

/* Enough for every text made here. */
#define TRACE_TEXT_SIZE (REGS_TEXT_SIZE + 16)
#define TRACE_TIME_SIZE 64

/**
 * trace_text - describe an event
 * @out: "write offset 0 value 72"; with @names "write DR 0x48 'H'"
 * @event: any but %TRACE_LOST
 * @names: use the names of registers and bits, not numbers alone
 *
 * Return: @out
 */
const char *trace_text(char out[TRACE_TEXT_SIZE], const struct trace_event *event, bool names);

/* A time of CLOCK_REALTIME in the local time zone: "2025-11-23T06:25:07.000123+01:00". */
const char *trace_time(char out[TRACE_TIME_SIZE], uint64_t ns);

/**
 * trace_parse_events - read a list of what to trace besides accesses
 * @list: of line, break, flow, separated by commas
 * @kinds: set to true for each of them
 *
 * Return: NULL, or the place in @list where something else begins
 */
const char *trace_parse_events(const char *list, bool kinds[TRACE_KINDS]);

#endif /* KPL011_TRACE_TEXT_H */
