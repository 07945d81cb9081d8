/* SPDX-License-Identifier: GPL-2.0-only */
/* A loop of which a test says what happens: fake_loop.c is in the place of loop.c. */
#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct loop_event {
	loop_cb *cb;
	loop_signal_cb *signal_cb;
	void *arg;
	bool on;
	bool timer;
	enum loop_priority priority; /* of a reader */
	uint64_t ms;		     /* in which it is due */
};

/* As they were made, from the first on; those that were freed are NULL. A test may set it back. */
#define FAKE_EVENTS 16
extern struct loop_event *fake_events[FAKE_EVENTS];
extern int fake_event_count;

/* It happens; false: nobody waits for it. Timers go off once. */
bool fake_happens(int number);

#endif /* FAKE_LOOP_H */
