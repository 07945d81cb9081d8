/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace as lines of text. Pure.
 */
#ifndef KPL011_TRACE_TEXT_H
#define KPL011_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/regs.h"
#include "trace/trace.h"

/* Enough for every text that is made here. */
#define TRACE_TEXT_SIZE (REGS_TEXT_SIZE + 16)
#define TRACE_TIME_SIZE 64

/**
 * trace_text - an event in words
 * @out: "write offset 0 value 72"; with @names "write DR 0x48 'H'"
 * @event: any but %TRACE_LOST
 * @names: names of registers and bits, else plain numbers
 *
 * Return: @out
 */
const char *trace_text(char out[TRACE_TEXT_SIZE], const struct trace_event *event, bool names);

/* A time of CLOCK_REALTIME in the local zone: "2025-11-23T06:25:07.000123+01:00". */
const char *trace_time(char out[TRACE_TIME_SIZE], uint64_t ns);

/**
 * trace_parse_events - read a list of what is to be traced besides accesses
 * @list: of line, break, flow, with commas between them
 * @kinds: set for each of them
 *
 * Return: NULL, or where in @list something else begins
 */
const char *trace_parse_events(const char *list, bool kinds[TRACE_KINDS]);

#endif /* KPL011_TRACE_TEXT_H */
