// SPDX-License-Identifier: GPL-2.0-only
#include "base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/msg_out.h"

enum kind {
	KIND_LIBEVENT,
	KIND_HANGUP,
};

struct loop_event {
	enum kind kind;
	struct loop *loop;
	struct event *ev;
	int fd;
	loop_cb *cb;
	loop_signal_cb *signal_cb;
	void *arg;
};

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define STOP_SIGNALS (sizeof(stop_signals) / sizeof(stop_signals[0]))

struct loop {
	struct event_base *base;
	bool stopped;
	uint64_t longest; /* nanoseconds of the longest callback */
	int stopped_by;
	/* Written by the signal handler, so that a callback that waits notices signals, too. */
	int stop_pipe[2];
	struct loop_event *stop_event;
	struct sigaction before[STOP_SIGNALS];
	bool caught[STOP_SIGNALS];
	struct loop_event *msg_writer;
	/*
	 * Descriptors that are watched only for a hang-up. An epoll without requested events
	 * reports nothing else; poll(2) would also wake up for every byte.
	 */
	int hangups;
	struct loop_event *hangups_event;
};

/* The write end of the pipe of the loop that stops on signals; a handler gets no argument. */
static volatile sig_atomic_t stop_fd = -1;

static void note_turn(struct loop *loop, uint64_t begun)
{
	uint64_t took = clock_ns() - begun;

	if (took > loop->longest)
		loop->longest = took;
}

uint64_t loop_longest(const struct loop *loop)
{
	return loop->longest;
}

static void run_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_event *event = arg;
	struct loop *loop = event->loop;
	uint64_t begun = clock_ns();

	(void)fd;
	(void)what;
	event->cb(event->arg);
	note_turn(loop, begun);
}

static void run_signal(evutil_socket_t sig, short what, void *arg)
{
	struct loop_event *event = arg;
	struct loop *loop = event->loop;
	uint64_t begun = clock_ns();

	(void)what;
	event->signal_cb((int)sig, event->arg);
	note_turn(loop, begun);
}

static struct loop_event *make_event(struct loop *loop, int fd, short what, int priority,
				     loop_cb *cb, loop_signal_cb *signal_cb, void *arg)
{
	struct loop_event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	event->kind = KIND_LIBEVENT;
	event->loop = loop;
	event->cb = cb;
	event->signal_cb = signal_cb;
	event->arg = arg;
	event->ev = event_new(loop->base, fd, what, cb ? run_fd : run_signal, event);
	if (!event->ev) {
		free(event);
		return NULL;
	}
	event_priority_set(event->ev, priority);
	return event;
}

struct loop_event *loop_reader(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg)
{
	return make_event(loop, fd, EV_READ | EV_PERSIST, (int)priority, cb, NULL, arg);
}

struct loop_event *loop_writer(struct loop *loop, int fd, enum loop_priority priority, loop_cb *cb,
			       void *arg)
{
	return make_event(loop, fd, EV_WRITE | EV_PERSIST, (int)priority, cb, NULL, arg);
}

struct loop_event *loop_timer(struct loop *loop, loop_cb *cb, void *arg)
{
	return make_event(loop, -1, 0, LOOP_DATA, cb, NULL, arg);
}

void loop_on(struct loop_event *event)
{
	event_add(event->ev, NULL);
}

void loop_off(struct loop_event *event)
{
	event_del(event->ev);
}

void loop_set_priority(struct loop_event *event, enum loop_priority priority)
{
	event_priority_set(event->ev, (int)priority);
}

void loop_timer_set(struct loop_event *timer, uint64_t ms)
{
	struct timeval tv = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000),
	};

	event_add(timer->ev, &tv);
}

struct loop_event *loop_signal(struct loop *loop, int sig, loop_signal_cb *cb, void *arg)
{
	struct loop_event *event;

	event = make_event(loop, sig, EV_SIGNAL | EV_PERSIST, LOOP_KEYS, NULL, cb, arg);
	if (event)
		loop_on(event);
	return event;
}

/* One at a time, since a callback may free any of the others. */
static void run_hangups(void *arg)
{
	struct loop *loop = arg;
	struct epoll_event ready;
	struct loop_event *event;

	while (epoll_wait(loop->hangups, &ready, 1, 0) == 1) {
		event = ready.data.ptr;
		epoll_ctl(loop->hangups, EPOLL_CTL_DEL, event->fd, NULL);
		event->cb(event->arg);
	}
}

static int hangups_start(struct loop *loop)
{
	loop->hangups = epoll_create1(EPOLL_CLOEXEC);
	if (loop->hangups < 0)
		return -errno;
	loop->hangups_event = loop_reader(loop, loop->hangups, LOOP_DATA, run_hangups, loop);
	if (!loop->hangups_event)
		return -ENOMEM;
	loop_on(loop->hangups_event);
	return 0;
}

struct loop_event *loop_hangup(struct loop *loop, int fd, loop_cb *cb, void *arg)
{
	struct epoll_event interest = { .events = 0 };
	struct loop_event *event;

	if (loop->hangups < 0 && hangups_start(loop))
		return NULL;
	event = calloc(1, sizeof(*event));
	if (!event)
		return NULL;
	event->kind = KIND_HANGUP;
	event->loop = loop;
	event->fd = fd;
	event->cb = cb;
	event->arg = arg;
	interest.data.ptr = event;
	if (epoll_ctl(loop->hangups, EPOLL_CTL_ADD, fd, &interest)) {
		free(event);
		return NULL;
	}
	return event;
}

void loop_event_free(struct loop_event *event)
{
	if (!event)
		return;
	if (event->kind == KIND_HANGUP)
		epoll_ctl(event->loop->hangups, EPOLL_CTL_DEL, event->fd, NULL);
	else
		event_free(event->ev);
	free(event);
}

static struct event_config *new_config(bool keys)
{
	struct event_config *config = event_config_new();

	if (!config || !keys)
		return config;
	/* Allow regular files: stdin and stdout are whatever the shell made them. */
	event_config_require_features(config, EV_FEATURE_FDS);
	/* Check for keys again after each callback for a guest. */
	event_config_set_max_dispatch_interval(config, NULL, 1, LOOP_DATA);
	return config;
}

static struct loop *make_loop(bool keys)
{
	struct event_config *config;
	struct loop *loop;

	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return NULL;
	loop->hangups = -1;
	loop->stop_pipe[0] = -1;
	loop->stop_pipe[1] = -1;
	config = new_config(keys);
	if (!config)
		goto free_loop;
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!loop->base)
		goto free_loop;
	if (event_base_priority_init(loop->base, LOOP_PRIORITIES))
		goto free_base;
	signal(SIGPIPE, SIG_IGN);
	return loop;

free_base:
	event_base_free(loop->base);
free_loop:
	free(loop);
	return NULL;
}

struct loop *loop_new(void)
{
	return make_loop(true);
}

struct loop *loop_new_of_many(void)
{
	return make_loop(false);
}

static void free_stops(struct loop *loop)
{
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		if (loop->caught[i])
			sigaction(stop_signals[i], &loop->before[i], NULL);
	if (loop->stop_pipe[0] < 0)
		return;
	stop_fd = -1;
	close(loop->stop_pipe[0]);
	close(loop->stop_pipe[1]);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_event_free(loop->stop_event);
	loop_event_free(loop->msg_writer);
	free_stops(loop);
	loop_event_free(loop->hangups_event);
	if (loop->hangups >= 0)
		close(loop->hangups);
	event_base_free(loop->base);
	free(loop);
}

static void tell_stop(int sig)
{
	unsigned char byte = (unsigned char)sig;
	int err = errno;

	/* If the pipe is full, it says already that a signal came. */
	(void)!write(stop_fd, &byte, 1);
	errno = err;
}

static void stop_by_signal(void *arg)
{
	struct loop *loop = arg;
	unsigned char sig;

	if (read(loop->stop_pipe[0], &sig, 1) != 1)
		return;
	loop->stopped_by = sig;
	loop_stop(loop);
}

static void write_messages(void *arg)
{
	struct loop *loop = arg;

	if (msg_out_push())
		loop_off(loop->msg_writer);
}

static void messages_wait(void *arg)
{
	struct loop *loop = arg;

	loop_on(loop->msg_writer);
}

int loop_stop_on_signals(struct loop *loop)
{
	struct sigaction action = { .sa_handler = tell_stop, .sa_flags = SA_RESTART };

	msg_out_hurry();
	if (pipe2(loop->stop_pipe, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	stop_fd = loop->stop_pipe[1];
	loop->stop_event = loop_reader(loop, loop->stop_pipe[0], LOOP_KEYS, stop_by_signal, loop);
	loop->msg_writer = loop_writer(loop, msg_out_fd(), LOOP_DATA, write_messages, loop);
	if (!loop->stop_event || !loop->msg_writer)
		return -ENOMEM;
	loop_on(loop->stop_event);
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < STOP_SIGNALS; i++) {
		sigaction(stop_signals[i], NULL, &loop->before[i]);
		if (loop->before[i].sa_handler == SIG_IGN)
			continue;
		loop->caught[i] = !sigaction(stop_signals[i], &action, NULL);
	}
	return 0;
}

static int dispatch(struct loop *loop)
{
	/* The library would forget a stop that came before it runs. */
	if (!loop->stopped && event_base_dispatch(loop->base) < 0)
		return errno ? -errno : -EIO;
	return loop->stopped_by;
}

int loop_run(struct loop *loop)
{
	int sig;

	/* While it runs, signals only stop the loop, so a message must not block it. */
	if (loop->msg_writer)
		msg_out_loop(messages_wait, loop);
	sig = dispatch(loop);
	if (loop->msg_writer)
		msg_out_loop(NULL, NULL);
	return sig;
}

bool loop_wait_writable(struct loop *loop, int fd)
{
	struct pollfd ready[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = loop->stop_pipe[0], .events = POLLIN },
	};

	while (poll(ready, 2, -1) < 0)
		if (errno != EINTR)
			return true;
	if (!ready[1].revents)
		return true;
	stop_by_signal(loop);
	return false;
}

bool loop_pause(struct loop *loop, int ms)
{
	struct pollfd stop = { .fd = loop->stop_pipe[0], .events = POLLIN };

	return !poll(&stop, 1, ms);
}

bool loop_stopped(const struct loop *loop)
{
	return loop->stopped;
}

int loop_turn(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_ONCE) < 0 ? -EIO : 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

void loop_allow_many(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
