/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: descriptors, timers and signals. Only loop.c knows which library it uses.
 *
 * A callback may free any event, including its own.
 */
#ifndef KPL011_LOOP_H
#define KPL011_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_event;

/* Keys are handled before the bytes of guests. */
enum loop_priority {
	LOOP_KEYS,
	LOOP_DATA,
	LOOP_PRIORITIES,
};

typedef void loop_cb(void *arg);
typedef void loop_signal_cb(int sig, void *arg);

/* NULL: out of memory. Ignores SIGPIPE: writing to a closed pipe fails with EPIPE. */
struct loop *loop_new(void);

/*
 * The same for thousands of descriptors, none of which may be a regular file. The work of a turn
 * grows with the descriptors that are ready, not with all of them; keys are looked for once a turn,
 * not after each callback.
 */
struct loop *loop_new_of_many(void);

/* All of its events must have been freed. */
void loop_free(struct loop *loop);

/*
 * Runs until loop_stop(). Returns 0, the number of the signal that stopped it, or a negative errno.
 */
int loop_run(struct loop *loop);

void loop_stop(struct loop *loop);
bool loop_stopped(const struct loop *loop);

/* Waits for events and handles those that are ready, once. Returns 0 or a negative errno. */
int loop_turn(struct loop *loop);

/* Nanoseconds of the longest callback: all others had to wait that long. */
uint64_t loop_longest(const struct loop *loop);

/*
 * Stops the loop at SIGINT, SIGTERM, SIGHUP and SIGQUIT, except for those that are already ignored
 * (nohup). From then on messages never block while the loop runs, and at other times for at most a
 * second. Only one loop of a program at a time. Returns 0 or a negative errno.
 */
int loop_stop_on_signals(struct loop *loop);

/*
 * For a callback that can do nothing until it can write to a descriptor. False: a signal has
 * stopped the loop meanwhile.
 */
bool loop_wait_writable(struct loop *loop, int fd);

/* Sleeps for @ms after the loop has ended. False: a signal that stops the loop has come. */
bool loop_pause(struct loop *loop, int ms);

/* These begin switched off. NULL: out of memory. The descriptor may be of any kind. */
struct loop_event *loop_reader(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg);
struct loop_event *loop_writer(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg);
struct loop_event *loop_timer(struct loop *loop, loop_cb *cb, void *arg);

void loop_on(struct loop_event *event);
void loop_off(struct loop_event *event);

/* Changes the priority; the event must be off. */
void loop_set_priority(struct loop_event *event, enum loop_priority priority);

/* Fires once, in @ms milliseconds. Setting it again starts the time again. */
void loop_timer_set(struct loop_event *timer, uint64_t ms);

/* Begins switched on. */
struct loop_event *loop_signal(struct loop *loop, int sig, loop_signal_cb *cb, void *arg);

/* Fires once, when the descriptor hangs up, whether or not there are bytes to read. */
struct loop_event *loop_hangup(struct loop *loop, int fd, loop_cb *cb, void *arg);

/* Raises the limit of descriptors as far as allowed: a fleet needs several for each guest. */
void loop_allow_many(void);

/* To be called before the descriptor is closed. NULL is fine. */
void loop_event_free(struct loop_event *event);

#endif /* KPL011_LOOP_H */
