/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another host: the connection to the kpl011 there, the host's guests, and messages
 * about both. A connection that is lost is made again.
 *
 * It waits for answers in a loop of its own until it joins that of a command.
 */
#ifndef KPL011_REMOTE_H
#define KPL011_REMOTE_H

#include <jansson.h>

#include "base/loop.h"
#include "remote/ears.h"
#include "remote/frame.h"
#include "remote/hostspec.h"
#include "remote/roster.h"
#include "source/source.h"

struct remote;

enum remote_state {
	REMOTE_AWAY,
	REMOTE_COMING, /* the connection is being made */
	REMOTE_HERE,   /* it is made, and the guests are known */
};

struct remote_ops {
	/* Its state, or its guests, changed. */
	void (*changed)(struct remote *remote, void *arg);
	/* Something for the operator: the host's name is in it, and it is printable. */
	void (*say)(const char *text, void *arg);
};

/* @ssh: as for ssh_start(). NULL: no memory. Nothing is connected yet. */
struct remote *remote_new(const struct host *host, const char *ssh);
void remote_free(struct remote *remote);

/* Without @ops messages go to standard error. */
void remote_set_ops(struct remote *remote, const struct remote_ops *ops, void *arg);

/* Starts to connect, once. @asks: ssh may ask on the terminal. */
void remote_try(struct remote *remote, bool asks);

/* Connects whenever it is away, from now on, also if it is away now. */
void remote_keep(struct remote *remote);

/* Runs in @loop until remote_leave() was called as often as this. 0 or -ENOMEM. */
int remote_join(struct remote *remote, struct loop *loop);
void remote_leave(struct remote *remote);

const char *remote_name(const struct remote *remote);
enum remote_state remote_state(const struct remote *remote);
/* While it is away, why: a part of a sentence. */
const char *remote_why(const struct remote *remote);

/* Its guests; while it is away, as they were known last. */
const struct roster *remote_roster(const struct remote *remote);
/*
 * While it is here: asks for a guest that is gone to be reaped, and removes it from the roster. If
 * that is refused, the guest is there again. Returns the answer, 0 or a negative errno, or one of
 * remote_wait(); in a loop it returns 0 at once, and reports a refusal to the operator.
 */
int remote_forget(struct remote *remote, const struct source_facts *facts);

/* Gives @ear a channel. Returns its number, which was never used before; 0: no memory. */
uint32_t remote_listen(struct remote *remote, const struct remote_ear *ear, void *arg);
/* Gives the ear of a channel a new number; frames for the old one are dropped. */
uint32_t remote_listen_anew(struct remote *remote, uint32_t channel);
void remote_unlisten(struct remote *remote, uint32_t channel);

/* These send nothing while it is away. remote_note() takes the reference to @note. */
void remote_send(struct remote *remote, enum frame_type type, uint32_t channel, const void *bytes,
		 size_t len);
void remote_note(struct remote *remote, uint32_t channel, json_t *note);

/*
 * Room here for output of its guests that no window shows, of which it may report thousands: takes
 * @size bytes of it, or gives them back. False: so much is not free now.
 */
bool remote_take_room(struct remote *remote, size_t size);
void remote_give_room(struct remote *remote, size_t size);

/* A message for the operator, with the host's name before it. */
void remote_say(struct remote *remote, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Waits until @done returns true, and reports after a moment that it waits for @what. 0,
 * -EHOSTDOWN: the connection is lost, -ETIMEDOUT: the host does not answer, or -EBUSY: it
 * cannot wait, as it has joined a loop.
 */
int remote_wait(struct remote *remote, bool (*done)(void *arg), void *arg, const char *what);

/*
 * The command has to end within @ms milliseconds: connecting and answers are waited for no
 * longer than that. 0: no limit.
 */
void remote_limit(struct remote *remote, uint64_t ms);

/*
 * Reports, once (@told), that it waits for @what, if it has done so for longer than a moment,
 * since @since_ms of clock_ms(). A host may keep the connection and yet answer nothing.
 */
void remote_tell_wait(struct remote *remote, bool *told, uint64_t since_ms, const char *what);

/* How often it looks whether answers are late. */
#define REMOTE_BEAT_MS 1000

/*
 * What takes longest may take this many times the silence that a host may keep: an errand that
 * stops a guest, a password, an answer after much output of guests.
 */
#define REMOTE_LONG 10

/*
 * Whether an answer that was asked for at @since_ms is not expected any more. It may take @times
 * the silence that a host may keep, 1 to REMOTE_LONG, and longer while output of guests comes,
 * but no longer than REMOTE_LONG times.
 */
bool remote_is_late(const struct remote *remote, uint64_t since_ms, unsigned int times);

#endif /* KPL011_REMOTE_H */
