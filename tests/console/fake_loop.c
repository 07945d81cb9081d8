// SPDX-License-Identifier: GPL-2.0-only
#include "fake_loop.h"

#include "cmocka_all.h"

struct loop_event *fake_events[FAKE_EVENTS];
int fake_event_count;

static struct loop_event *make(loop_cb *cb, loop_signal_cb *signal_cb, void *arg)
{
	struct loop_event *event = calloc(1, sizeof(*event));

	assert_non_null(event);
	assert_in_range(fake_event_count, 0, FAKE_EVENTS - 1);
	event->cb = cb;
	event->signal_cb = signal_cb;
	event->arg = arg;
	event->on = signal_cb;
	fake_events[fake_event_count++] = event;
	return event;
}

struct loop_event *loop_reader(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg)
{
	struct loop_event *event = make(cb, NULL, arg);

	(void)loop;
	(void)fd;
	event->priority = priority;
	return event;
}

struct loop_event *loop_writer(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg)
{
	return loop_reader(loop, fd, priority, cb, arg);
}

struct loop_event *loop_timer(struct loop *loop, loop_cb *cb, void *arg)
{
	struct loop_event *event = make(cb, NULL, arg);

	(void)loop;
	event->timer = true;
	return event;
}

struct loop_event *loop_signal(struct loop *loop, int sig, loop_signal_cb *cb, void *arg)
{
	(void)loop;
	(void)sig;
	return make(NULL, cb, arg);
}

void loop_on(struct loop_event *event)
{
	event->on = true;
}

void loop_off(struct loop_event *event)
{
	event->on = false;
}

void loop_timer_set(struct loop_event *timer, uint64_t ms)
{
	timer->on = true;
	timer->ms = ms;
}

void loop_event_free(struct loop_event *event)
{
	for (int i = 0; i < FAKE_EVENTS; i++)
		if (event && fake_events[i] == event)
			fake_events[i] = NULL;
	free(event);
}

bool fake_happens(int number)
{
	struct loop_event *event = fake_events[number];

	if (!event || !event->on)
		return false;
	if (event->signal_cb) {
		event->signal_cb(0, event->arg);
		return true;
	}
	if (event->timer)
		event->on = false;
	event->cb(event->arg);
	return true;
}
