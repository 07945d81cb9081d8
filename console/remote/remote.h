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
#include "remote/hostspec.h"
#include "remote/roster.h"
#include "source/source.h"

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
	/* While it is there, about each second: what was asked for may be late. May be NULL. */
	void (*beat)(void *arg);
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

/* Its guests; also while it is away, as they were. */
const struct roster *remote_roster(const struct remote *remote);
/* One is about to be reaped. */
void remote_forget(struct remote *remote, uint32_t id);

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
 * Waits until @done says so, and tells after a moment that it waits for @what. 0,
 * -EHOSTDOWN: it is lost, -ETIMEDOUT: it does not answer, or -EBUSY: nothing can be waited
 * for, for it has joined a loop.
 */
int remote_wait(struct remote *remote, bool (*done)(void *arg), void *arg, const char *what);

/*
 * A command is to end in @ms milliseconds: it waits no longer to connect, and no longer for
 * an answer. 0: when it likes.
 */
void remote_limit(struct remote *remote, uint64_t ms);

/*
 * Tells that @what is waited for, if it has been for longer than a moment, since @since_ms of
 * clock_ms(), and was not @told. A host that keeps the connection may answer nothing all the
 * same.
 */
void remote_tell_wait(struct remote *remote, bool *told, uint64_t since_ms, const char *what);

/* How often it is looked whether something comes. */
#define REMOTE_BEAT_MS 1000

/*
 * How often the silence that a host may keep fits into the time of what takes longest: what
 * stops a guest and goes on, a password, an answer behind the output of guests.
 */
#define REMOTE_LONG 10

/*
 * Whether an answer asked for at @since_ms comes no more: longer than a slow line takes. It has
 * @times the silence that a host may keep, 1 to REMOTE_LONG.
 */
bool remote_is_late(const struct remote *remote, uint64_t since_ms, unsigned int times);

#endif /* KPL011_REMOTE_H */
