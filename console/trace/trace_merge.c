// SPDX-License-Identifier: GPL-2.0-only
#include "trace/trace_merge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
	struct trace_event *events;
	size_t room;
	size_t head;
	size_t tail;
};

struct trace_merge {
	trace_merge_fill *fill;
	void *arg;
	bool settled; /* the events in hand can be returned */
	size_t streams;
	struct queue queues[];
};

static bool is_empty(const struct queue *queue)
{
	return queue->head == queue->tail;
}

struct trace_merge *trace_merge_new(size_t streams, trace_merge_fill *fill, void *arg)
{
	struct trace_merge *merge;

	merge = calloc(1, sizeof(*merge) + streams * sizeof(merge->queues[0]));
	if (!merge)
		return NULL;
	merge->fill = fill;
	merge->arg = arg;
	merge->streams = streams;
	return merge;
}

void trace_merge_free(struct trace_merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; i < merge->streams; i++)
		free(merge->queues[i].events);
	free(merge);
}

int trace_merge_add(struct trace_merge *merge, size_t stream, const struct trace_event *event)
{
	struct queue *queue = &merge->queues[stream];

	if (is_empty(queue)) {
		queue->head = 0;
		queue->tail = 0;
	}
	if (queue->tail == queue->room) {
		size_t room = queue->room ? queue->room * 2 : 256;
		struct trace_event *events;

		events = reallocarray(queue->events, room, sizeof(*events));
		if (!events)
			return -ENOMEM;
		queue->events = events;
		queue->room = room;
	}
	queue->events[queue->tail++] = *event;
	return 0;
}

/* Reads the empty streams until none of them has anything new. */
static int settle(struct trace_merge *merge)
{
	bool found = true;

	while (found) {
		found = false;
		for (size_t i = 0; i < merge->streams; i++) {
			int ret;

			if (!is_empty(&merge->queues[i]))
				continue;
			ret = merge->fill(merge, i, merge->arg);
			if (ret < 0)
				return ret;
			if (ret)
				found = true;
		}
	}
	merge->settled = true;
	return 0;
}

int trace_merge_next(struct trace_merge *merge, struct trace_event *event)
{
	struct queue *first = NULL;
	int err;

	if (!merge->settled) {
		err = settle(merge);
		if (err)
			return err;
	}
	for (size_t i = 0; i < merge->streams; i++) {
		struct queue *queue = &merge->queues[i];

		if (!is_empty(queue) &&
		    (!first || queue->events[queue->head].ns < first->events[first->head].ns))
			first = queue;
	}
	if (!first) {
		merge->settled = false;
		return 0;
	}
	*event = first->events[first->head++];
	if (is_empty(first))
		merge->settled = false;
	return 1;
}
