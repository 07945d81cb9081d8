// SPDX-License-Identifier: GPL-2.0-only
#include "trace/trace_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICKS_PER_SECOND 1000000000

static const struct {
	const char *name;
	const char *values[2];
} events[TRACE_KINDS] = {
	[TRACE_LINE] = { "line", { "low", "high" } },
	[TRACE_BREAK] = { "break", { "sent", "received" } },
	[TRACE_FLOW] = { "flow", { [TRACE_FLOW_FULL] = "full", [TRACE_FLOW_ROOM] = "room" } },
};

const char *trace_text(char out[TRACE_TEXT_SIZE], const struct trace_event *event, bool names)
{
	bool write = event->kind == TRACE_WRITE;
	const char *verb = write ? "write" : "read";
	char text[REGS_TEXT_SIZE];

	if (!write && event->kind != TRACE_READ) {
		const char *name = events[event->kind].name;

		if (event->value < 2)
			snprintf(out, TRACE_TEXT_SIZE, "%s %s", name,
				 events[event->kind].values[event->value]);
		else
			snprintf(out, TRACE_TEXT_SIZE, "%s %" PRIu64, name, event->value);
	} else if (names) {
		regs_text(text, write, event->offset, event->len, event->value);
		snprintf(out, TRACE_TEXT_SIZE, "%s %s", verb, text);
	} else {
		snprintf(out, TRACE_TEXT_SIZE, "%s offset %u value %" PRIu64, verb, event->offset,
			 event->value);
	}
	return out;
}

const char *trace_time(char out[TRACE_TIME_SIZE], uint64_t ns)
{
	time_t seconds = (time_t)(ns / TICKS_PER_SECOND);
	struct tm tm = { 0 };
	unsigned int zone; /* minutes */
	char date[32];

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	zone = (unsigned int)labs(tm.tm_gmtoff) / 60;
	snprintf(out, TRACE_TIME_SIZE, "%s.%06u%c%02u:%02u", date,
		 (unsigned int)(ns % TICKS_PER_SECOND / 1000), tm.tm_gmtoff < 0 ? '-' : '+',
		 zone / 60, zone % 60);
	return out;
}

const char *trace_parse_events(const char *list, bool kinds[TRACE_KINDS])
{
	for (;;) {
		size_t len = strcspn(list, ",");
		int kind;

		for (kind = 0; kind < TRACE_KINDS; kind++)
			if (events[kind].name && strlen(events[kind].name) == len &&
			    !strncmp(events[kind].name, list, len))
				break;
		if (kind == TRACE_KINDS)
			return list;
		kinds[kind] = true;
		if (!list[len])
			return NULL;
		list += len + 1;
	}
}
