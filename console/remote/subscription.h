/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * At the near end: one guest of another host, by a channel of the connection. It has the
 * output on its way here, the input on its way there, and who holds the input. The channel is
 * opened again when the host is back.
 *
 * Only for source_remote.c, which uses all members of the struct.
 */
#ifndef KPL011_SUBSCRIPTION_H
#define KPL011_SUBSCRIPTION_H

#include "base/gate.h"
#include "remote/mirror.h"
#include "remote/remote.h"
#include "remote/wire.h"
#include "source/source.h"

/* Breaks that may be on their way at a time. */
#define SUBSCRIPTION_BREAKS 32

enum subscription_opening {
	SUBSCRIPTION_CLOSED,  /* not asked for */
	SUBSCRIPTION_OPENING, /* asked for, and not answered */
	SUBSCRIPTION_OPEN,
};

/* What its output is here for. */
enum subscription_use {
	SUBSCRIPTION_SHOWN,   /* somebody looks at it: the newest is kept */
	SUBSCRIPTION_AT_REST, /* for nothing: none is here */
	SUBSCRIPTION_FETCHED, /* a piece is read once */
};

struct subscription {
	struct remote *remote;
	struct gate gate; /* the source's descriptor */
	uint32_t channel;
	uint32_t id;
	uint64_t life;
	bool writable;
	struct source_facts facts; /* as the host reported them last */

	/* Output. */
	enum subscription_opening opening;
	unsigned int seeking; /* seeks without an answer; until then bytes are of old positions */
	bool wanted;	      /* it was asked for, and is again when the host is back */
	enum subscription_use use;
	size_t window; /* bytes that may be on their way */
	size_t room;   /* of the host's, for the piece */
	struct mirror *mirror;
	uint64_t pos;	  /* of what is read next */
	uint64_t granted; /* bytes may come up to this position */
	bool ended;	  /* nothing comes after what is in the mirror */
	int err;	  /* why, a negative errno; 0: its end */

	/* Input. */
	size_t unsure; /* bytes and breaks on their way */
	size_t unsent; /* those that were on their way when input failed */
	unsigned int breaks;
	bool flushing; /* writable when nothing is on its way */
	int input_err; /* why the last of it did not arrive; returned once */
	struct source_input input;
	unsigned int asked; /* questions about it that were not answered yet */
	bool known;	    /* it was asked once, so the far end reports when it changes */
	int answer;	    /* the negative errno of the last answer */

	/* Since when, of clock_ms(), the far end owes something; 0: it does not. */
	uint64_t answer_ms; /* an answer */
	uint64_t output_ms; /* output that it says there is */
	uint64_t input_ms;  /* to take what was sent */
	bool told;	    /* the wait was reported */

	/* Marks that were asked for. */
	struct source_mark *marks;
	size_t marks_room;
	size_t marks_count;
	bool marks_came;
};

/**
 * subscription_begin - find the guest; nothing is asked of it yet
 * @sub: to be given to subscription_end() unless it fails
 * @remote: its host; outlives it
 * @id: the port's number there
 * @life: which life of it
 * @writable: to be opened for writing, too
 *
 * Return: 0, -ENOENT: there is no such guest, or another negative errno
 */
int subscription_begin(struct subscription *sub, struct remote *remote, uint32_t id, uint64_t life,
		       bool writable);
void subscription_end(struct subscription *sub);

/* Whether its host is connected. */
bool subscription_here(const struct subscription *sub);

/* Updates the facts to what is known now. False: the host does not have the guest any more. */
bool subscription_refresh(struct subscription *sub);

/* Asks for its output from @pos on, whatever was asked for before. */
void subscription_from(struct subscription *sub, uint64_t pos);

/* As the source's operations of these names. */
void subscription_show(struct subscription *sub, bool on);
int subscription_fetch(struct subscription *sub, uint64_t pos, size_t len);

/* Gives credit for more output, for the room that reading has made. */
void subscription_grant(struct subscription *sub);

/* The host is connected but does not answer: reports that, and ends the source. */
void subscription_give_up(struct subscription *sub);

/* Asks who holds the input, or takes or releases it. */
void subscription_ask_input(struct subscription *sub, enum source_act act);

/* To be called after any change: updates whether the descriptor is readable and writable. */
void subscription_gate(struct subscription *sub);

#endif /* KPL011_SUBSCRIPTION_H */
