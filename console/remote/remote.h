/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another host: the connection to the kpl011 there, its guests, and what is told
 * about both. Lost, it comes back by itself.
 *
 * It has a loop of its own to wait for an answer, until it joins that of a command.
 */
#ifndef KPL011_REMOTE_H
#define KPL011_REMOTE_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/frame.h"
#include "remote/host.h"
#include "source/source.h"

/* Guests of a host, at most; more are not shown. */
#define REMOTE_GUESTS 4096

struct remote;

enum remote_state {
	REMOTE_AWAY,
	REMOTE_COMING, /* the connection is being made */
	REMOTE_HERE,   /* and its guests are known */
};

struct remote_ops {
	/* Its state, or its guests, changed. */
	void (*changed)(struct remote *remote, void *arg);
	/* Something for the operator: the host's name is in it, and it is printable. */
	void (*say)(const char *text, void *arg);
};

/* Who looks at one guest: what comes on its channel. */
struct remote_ear {
	/* The connection is there, or there again: it may be opened. */
	void (*up)(void *arg);
	void (*down)(void *arg);
	void (*frame)(const struct frame *frame, void *arg);
	/* @say, and the note that says it. */
	void (*note)(const char *say, json_t *note, void *arg);
};

/* @ssh: as for ssh_start(). NULL: no memory. Nothing is connected yet. */
struct remote *remote_new(const struct host *host, const char *ssh);
void remote_free(struct remote *remote);

/* Without it, what is to be said goes to standard error. */
void remote_set_ops(struct remote *remote, const struct remote_ops *ops, void *arg);

/* Begins to connect, once. @asks: it may ask on the terminal. */
void remote_try(struct remote *remote, bool asks);

/* From now on it connects whenever it is away, now too. */
void remote_keep(struct remote *remote);

/* Goes on in @loop, until remote_leave(), as often. 0 or -ENOMEM. */
int remote_join(struct remote *remote, struct loop *loop);
void remote_leave(struct remote *remote);

const char *remote_name(const struct remote *remote);
enum remote_state remote_state(const struct remote *remote);
/* Of one that is away, why: a part of a sentence. */
const char *remote_why(const struct remote *remote);

/* The guests, by number; also while it is away. Their times are of this machine. */
size_t remote_count(const struct remote *remote);
const struct source_facts *remote_at(const struct remote *remote, size_t index);
/* NULL: there is no such guest any more. */
const struct source_facts *remote_find(const struct remote *remote, uint32_t id, uint64_t life);
/* It is about to be reaped. */
void remote_forget(struct remote *remote, uint32_t id);
/* Ports of other users there; and why there are none at all, a negative errno. */
size_t remote_hidden(const struct remote *remote);
int remote_ports_error(const struct remote *remote);
/* A time of that host's CLOCK_BOOTTIME, as of this one's. */
int64_t remote_time(const struct remote *remote, int64_t ns);

/* Channels. A number that was never used before; 0: no memory. */
uint32_t remote_listen(struct remote *remote, const struct remote_ear *ear, void *arg);
/* The same ear on a channel of another number; frames for the old one are dropped. */
uint32_t remote_listen_anew(struct remote *remote, uint32_t channel);
void remote_unlisten(struct remote *remote, uint32_t channel);

/* These do nothing while it is away. */
void remote_send(struct remote *remote, enum frame_type type, uint32_t channel, const void *bytes,
		 size_t len);
void remote_note(struct remote *remote, uint32_t channel, json_t *note);

/* For the operator, the host's name in front. */
void remote_say(struct remote *remote, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Waits until @done says so, or the host is lost or does not answer. False: it is, or
 * nothing can be waited for, for it has joined a loop.
 */
bool remote_wait(struct remote *remote, bool (*done)(void *arg), void *arg);

#endif /* KPL011_REMOTE_H */
