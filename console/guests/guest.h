/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest of the fleet: its source, what is known about it, and whether it did
 * anything since the operator last looked at it. Its bytes go to a callback while
 * it is in a window; there is no terminal emulator here.
 */
#ifndef KPL011_GUEST_H
#define KPL011_GUEST_H

#include "guests/terminal.h"
#include "text/alerts.h"
#include "source/origin.h"
#include "source/source.h"

struct guest;
struct loop;
struct view;

/* Bytes of the text of an alert with its NUL. */
#define GUEST_ALERT_SIZE 96

enum guest_state {
	GUEST_AWAY, /* not connected yet, as its socket is missing; or its host is away */
	GUEST_LIVE,
	GUEST_GONE,
	GUEST_DETACHED,
};

/* Gets the @len bytes from @pos on; @skipped bytes before @pos are missing. */
typedef void guest_bytes_cb(uint64_t pos, const unsigned char *bytes, size_t len, uint64_t skipped,
			    void *arg);

/* Who has the guests hears of them here. */
struct guest_ops {
	/*
	 * Something that is shown of @guest has changed. @itself: it has come, gone or come back;
	 * else only what a list shows of it.
	 */
	void (*changed)(struct guest *guest, bool itself, void *arg);
	/* New bytes, to be searched for alerts. */
	void (*scan)(struct guest *guest, const unsigned char *bytes, size_t len, void *arg);
	/*
	 * Whether @guest may be read now. False: it is not read until guest_wake(). A guest at
	 * which somebody has just typed always may.
	 */
	bool (*turn_begin)(struct guest *guest, void *arg);
	void (*turn_end)(void *arg);
	/* The operator types at it, at @guest->typed_ns. */
	void (*typed)(struct guest *guest, void *arg);
};

struct guest {
	struct loop *loop;
	const struct guest_ops *ops;
	void *arg;	 /* of @ops */
	uint32_t number; /* counts up; never reused */
	struct origin origin;
	pid_t tried; /* the highest that was found not to listen at its socket; 0: none */
	enum guest_state state;
	int err;	    /* why it is not live, for origin_strerror() */
	struct source *src; /* or NULL; while it still connects the guest is away */
	struct source_facts facts;
	struct loop_event *reader;
	bool reading;
	bool connecting;   /* @reader wakes up when the connection makes progress */
	uint64_t typed_ns; /* CLOCK_MONOTONIC, when the operator last typed at it */
	bool urgent;	   /* its bytes are read before those of other guests */
	bool paused;	   /* not read until the other guests had their turn */

	uint64_t newest; /* position after the newest byte known */
	uint64_t seen;	 /* @newest when the operator last looked at it */
	uint64_t before; /* @newest at the last tick */
	uint64_t rate;	 /* bytes per second */
	uint64_t listed; /* set by the fleet: when it was last among all that there are */
	bool marked;	 /* by the operator, for broadcast */
	bool has_terminal;
	struct terminal terminal; /* from the settings, or as the operator's keys set it */
	bool bell;
	char alert[GUEST_ALERT_SIZE]; /* what matched; empty: nothing */

	struct alerts_line line;
	uint64_t scanned; /* position up to which alerts were searched for */
	uint64_t fetched; /* that up to which output was asked for, to be searched; 0: it was not */
	guest_bytes_cb *bytes;
	void *bytes_arg;
	uint64_t pos;	   /* of the next byte to read */
	uint64_t left_ns;  /* CLOCK_MONOTONIC, since when it stays here unseen; 0: it does not */
	struct view *view; /* that shows it, or NULL */
};

/* NULL: out of memory. The guest is away until guest_try(). */
struct guest *guest_new(struct loop *loop, const struct origin *origin, uint32_t number,
			const struct guest_ops *ops, void *arg);
void guest_free(struct guest *guest);

/* Tries to connect a guest that is away or gone. */
void guest_try(struct guest *guest);

/*
 * Tells a guest whose socket a certain process has to listen at (origin.pid) that another process
 * names that socket, too. A live guest is left alone. While another process listens there, each of
 * those that name the socket is tried only once, so that it is not connected to without end.
 */
void guest_is_of(struct guest *guest, const struct origin *found);

/* Takes over the facts of a guest of another host, after that host or its list has changed. */
void guest_refresh(struct guest *guest);

/*
 * The position at which its history begins, or that of the last @max bytes of it.
 * guest->newest: it has none.
 */
uint64_t guest_history(struct guest *guest, uint64_t max);

/**
 * guest_look - get a guest's bytes from now on
 * @guest: the guest; nobody gets its bytes yet
 * @from: a position from what guest_history() has just returned on: the first byte to get
 * @cb: called with the bytes, from the loop or already from here
 * @arg: for @cb
 *
 * Return: the position after the newest byte of the history; 0: there is no source
 */
uint64_t guest_look(struct guest *guest, uint64_t from, guest_bytes_cb *cb, void *arg);

/*
 * Nobody gets its bytes any more. The newest of a guest of another host stay here, to be looked at
 * again even while that host is away, until guest_let_go().
 */
void guest_unlook(struct guest *guest);
void guest_let_go(struct guest *guest);

/*
 * Where the history that guest_peek() reads begins, as far as that is known, and where it ends. Of
 * a guest of another host it is what was read of it and is kept here.
 */
void guest_at_hand(const struct guest *guest, uint64_t *oldest, uint64_t *newest);

/*
 * Reads up to @len bytes of its history from *@pos on, without changing what is read
 * next. If that position is not at hand, or not kept any more, *@pos becomes the oldest one that
 * is. Returns the number of bytes.
 */
size_t guest_peek(struct guest *guest, uint64_t *pos, unsigned char *buf, size_t len);

/* The operator has seen the guest: forgets its activity, bell and alert. */
void guest_seen(struct guest *guest);
bool guest_active(const struct guest *guest);

/* To be called once a second: updates facts and rate, searches unseen output for alerts. */
void guest_tick(struct guest *guest, uint64_t elapsed_ms);

/* To be called when the operator types at it. */
void guest_typed(struct guest *guest);

/* From now on its bytes are read before those of others, or not any more. */
void guest_set_urgent(struct guest *guest, bool urgent);

/* Reads it again if it waits for its turn. */
void guest_wake(struct guest *guest);

/* Whether it was never connected, so that there is nothing to show but the reason. */
bool guest_never_came(const struct guest *guest);

/* Whether the operator can type at it. */
bool guest_takes_input(const struct guest *guest);

/*
 * A key that no other guest has, now or later. Port numbers start again when the module
 * is loaded, and anybody may choose a guest's name. So the key of a port has its life,
 * name and owner besides.
 */
const char *guest_key(const struct guest *guest, char key[ORIGIN_KEY_SIZE]);

enum guest_match {
	GUEST_NO_MATCH,
	GUEST_SAME_NAME, /* another port of that name and user */
	GUEST_SAME,
};

enum guest_match guest_match(const struct guest *guest, const char *key);

/* The part of a key by which operators know the guest: NAME@UID for a port. */
const char *guest_key_name(const char *key);

/* "live", "gone", "detached", "away". */
const char *guest_state_name(const struct guest *guest);

#endif /* KPL011_GUEST_H */
