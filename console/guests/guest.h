/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest of the fleet: its source, what is known about it, and whether it
 * did anything since it was last looked at. Its bytes go to who looks at it;
 * there is no emulator here.
 */
#ifndef KPL011_GUEST_H
#define KPL011_GUEST_H

#include "text/alerts.h"
#include "ui/terminal.h"
#include "base/loop.h"
#include "source/origin.h"
#include "source/source.h"

struct fleet;
struct view;

/* Bytes of the text of an alert with its NUL. */
#define GUEST_ALERT_SIZE 96

enum guest_state {
	GUEST_AWAY, /* never seen: its socket is not there; or its host is away */
	GUEST_LIVE,
	GUEST_GONE,
	GUEST_DETACHED,
};

/* @skipped bytes are missing in front of the @len ones, which begin at @pos. */
typedef void guest_bytes_cb(uint64_t pos, const unsigned char *bytes, size_t len, uint64_t skipped,
			    void *arg);

struct guest {
	struct fleet *fleet;
	uint32_t number; /* counts up, never used again */
	struct origin origin;
	enum guest_state state;
	int err;	    /* why it is away, for origin_strerror() */
	struct source *src; /* NULL while there is none; one that still connects is away, too */
	struct source_facts facts;
	struct loop_event *reader;
	bool reading;
	bool connecting;   /* @reader tells that it goes on */
	uint64_t typed_ns; /* CLOCK_MONOTONIC, when it was typed at last */
	bool urgent;	   /* its bytes go before those of others */
	bool paused;	   /* until the others had their turn */

	uint64_t newest; /* position behind the newest byte that is known of */
	uint64_t seen;	 /* and when it was last looked at */
	uint64_t before; /* @newest at the last tick */
	uint64_t rate;	 /* bytes in a second */
	bool marked;	 /* by the operator, for broadcast */
	bool has_terminal;
	struct terminal terminal; /* as set, or by the operator's keys */
	bool bell;
	char alert[GUEST_ALERT_SIZE]; /* what matched; empty: nothing */

	struct alerts_line line;
	uint64_t scanned; /* alerts were looked for up to here */
	guest_bytes_cb *bytes;
	void *bytes_arg;
	uint64_t pos;	   /* of the next byte that is read */
	struct view *view; /* who looks at it, or NULL */
};

/* NULL: no memory. It is away until guest_try(). */
struct guest *guest_new(struct fleet *fleet, const struct origin *origin, uint32_t number);
void guest_free(struct guest *guest);

/* Connects one that is away or gone, if it can. */
void guest_try(struct guest *guest);

/* The process has to listen at its socket, if one has to: another one than before does now. */
void guest_is_of(struct guest *guest, pid_t pid, uid_t uid);

/* Of another host: that has news of it, or is not what it was. */
void guest_refresh(struct guest *guest);

/* Where its history begins, the last @max bytes of it at most; what is newest: it has none. */
uint64_t guest_history(struct guest *guest, uint64_t max);

/**
 * guest_look - have a guest's bytes
 * @guest: the guest; nobody looks at it
 * @from: what guest_history() has just returned, or what is behind that: these bytes come first
 * @cb: is called with them, later
 * @arg: for @cb
 *
 * Return: position behind the newest byte of the history
 */
uint64_t guest_look(struct guest *guest, uint64_t max, guest_bytes_cb *cb, void *arg);
void guest_unlook(struct guest *guest);

/*
 * Bytes of its history, from *@pos on, without moving what is read next; *@pos
 * moves to the oldest if that one is not kept. Returns how many.
 */
size_t guest_peek(struct guest *guest, uint64_t *pos, unsigned char *buf, size_t len);

/* What the operator has seen: neither activity, bell nor alert any more. */
void guest_seen(struct guest *guest);
bool guest_active(const struct guest *guest);

/* Once a second: facts, rate, alerts of who is not looked at. */
void guest_tick(struct guest *guest, uint64_t elapsed_ms);

/* Whether there is nothing of it yet but why. */
bool guest_never_came(const struct guest *guest);

/* Whether keys can go to it. */
bool guest_takes_input(const struct guest *guest);

/*
 * What tells a guest from all others, also tomorrow. Numbers of ports begin anew
 * when the module is loaded: a port's key has its name and when it was attached, and whose
 * it is, since anybody may take the name.
 */
const char *guest_key(const struct guest *guest, char key[ORIGIN_KEY_SIZE]);

enum guest_match {
	GUEST_NO_MATCH,
	GUEST_SAME_NAME, /* another port of that name and user */
	GUEST_SAME,
};

enum guest_match guest_match(const struct guest *guest, const char *key);

/* Of a key, what an operator knows the guest by: NAME@UID of a port. */
const char *guest_key_name(const char *key);

/* "live", "gone", "detached", "away". */
const char *guest_state_name(const struct guest *guest);

#endif /* KPL011_GUEST_H */
