/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: descriptors, timers, signals. Nothing but loop.c knows which
 * library it is made of.
 *
 * A callback may free any event, its own as well.
 */
#ifndef KPL011_LOOP_H
#define KPL011_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_event;

/* What waits for what: keys go before the bytes of guests. */
enum loop_priority {
	LOOP_KEYS,
	LOOP_DATA,
	LOOP_PRIORITIES,
};

typedef void loop_cb(void *arg);
typedef void loop_signal_cb(int sig, void *arg);

/* NULL: out of memory. Ignores SIGPIPE: a closed pipe is an errno. */
struct loop *loop_new(void);

/*
 * The same for thousands of descriptors, none of which is a regular file: the work of a turn
 * grows with those that are ready, not with all, and keys come no earlier than other bytes.
 */
struct loop *loop_new_of_many(void);

/* Every event of it must have been freed. */
void loop_free(struct loop *loop);

/*
 * Runs until loop_stop(). Returns 0, the number of the signal that stopped it,
 * or a negative errno.
 */
int loop_run(struct loop *loop);

void loop_stop(struct loop *loop);
bool loop_stopped(const struct loop *loop);

/* Waits for events and runs those that there are, once. 0, or a negative errno. */
int loop_turn(struct loop *loop);

/* Nanoseconds of the callback that took longest: so long everybody else has waited. */
uint64_t loop_longest(const struct loop *loop);

/*
 * Stops the loop at INT, TERM, HUP and QUIT, except for those that are ignored
 * already (nohup). From then on no message is waited for while it runs, and for a second at
 * most afterwards. One loop of a program at a time. 0 or a negative errno.
 */
int loop_stop_on_signals(struct loop *loop);

/*
 * For a callback that can do nothing until a descriptor takes something. False: a signal has
 * stopped the loop meanwhile.
 */
bool loop_wait_writable(struct loop *loop, int fd);

/* After the loop has ended, which signals still end: nothing is done so long. False: one came. */
bool loop_pause(struct loop *loop, int ms);

/* These begin switched off; NULL: out of memory. Any kind of descriptor. */
struct loop_event *loop_reader(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg);
struct loop_event *loop_writer(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg);
struct loop_event *loop_timer(struct loop *loop, loop_cb *cb, void *arg);

void loop_on(struct loop_event *event);
void loop_off(struct loop_event *event);

/* Unlike at its start. While it is off. */
void loop_set_priority(struct loop_event *event, enum loop_priority priority);

/* Once, in so many milliseconds; set again, it starts anew. */
void loop_timer_set(struct loop_event *timer, uint64_t ms);

/* Switched on from the start. */
struct loop_event *loop_signal(struct loop *loop, int sig, loop_signal_cb *cb, void *arg);

/* Once, when the descriptor hangs up, whether or not there are bytes. */
struct loop_event *loop_hangup(struct loop *loop, int fd, loop_cb *cb, void *arg);

/* As many descriptors as the system lets this process have: a fleet needs some for each guest. */
void loop_allow_many(void);

/* Before its descriptor is closed. NULL is fine. */
void loop_event_free(struct loop_event *event);

#endif /* KPL011_LOOP_H */
