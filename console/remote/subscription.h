/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest of another host: what it prints, on its way here, what is typed, on its way
 * there, and who may type. A channel of the connection, opened anew when the host comes
 * back.
 *
 * For source_remote.c, which has all of the struct for its own.
 */
#ifndef KPL011_SUBSCRIPTION_H
#define KPL011_SUBSCRIPTION_H

#include "base/gate.h"
#include "remote/mirror.h"
#include "remote/remote.h"
#include "remote/wire.h"
#include "source/source.h"

/* Breaks that may be on their way. */
#define SUBSCRIPTION_BREAKS 32

enum subscription_opening {
	SUBSCRIPTION_CLOSED,  /* not asked for */
	SUBSCRIPTION_OPENING, /* and not answered */
	SUBSCRIPTION_OPEN,
};

struct subscription {
	struct remote *remote;
	struct gate gate; /* what its descriptor tells who waits for it */
	uint32_t channel;
	uint32_t id;
	uint64_t life;
	bool writable;
	struct source_facts facts; /* as they were known last */

	/* Output. */
	enum subscription_opening opening;
	unsigned int seeking; /* bytes that come are none of those that are wanted now */
	bool wanted;	      /* it was asked for, and is again when the host comes back */
	struct mirror *mirror;
	uint64_t pos;	  /* of what is read next */
	uint64_t granted; /* up to this position bytes may come */
	bool ended;	  /* nothing comes behind the mirror */
	int err;	  /* why, a negative errno; 0: its end */

	/* Input. */
	size_t unsure; /* bytes and breaks on their way */
	size_t unsent; /* those that were when it failed */
	unsigned int breaks;
	bool flushing; /* writable when nothing is on its way */
	int input_err; /* why the last of it did not arrive; told once */
	struct source_input input;
	unsigned int asked; /* questions about it that were not answered yet */
	bool known;	    /* one was asked: the other side tells when it changes */
	int answer;	    /* the negative errno of the last */

	/* What the other side owes, of clock_ms(); 0: nothing. */
	uint64_t answer_ms; /* since then an answer */
	uint64_t output_ms; /* output that it says there is */
	uint64_t input_ms;  /* that what was sent is taken */
	bool told;	    /* that it is waited for */

	/* Marks that were asked for. */
	struct source_mark *marks;
	size_t marks_room;
	size_t marks_count;
	bool marks_came;
};

/**
 * subscription_begin - know the guest; nothing is asked of it yet
 * @sub: to be given to subscription_end() unless it fails
 * @remote: its host; outlives it
 * @id: the port's number there
 * @life: which life of it
 * @writable: to be opened to write
 *
 * Return: 0, -ENOENT: there is no such guest, or another negative errno
 */
int subscription_begin(struct subscription *sub, struct remote *remote, uint32_t id, uint64_t life,
		       bool writable);
void subscription_end(struct subscription *sub);

/* Its host is there. */
bool subscription_here(const struct subscription *sub);

/* Looks at what is known of it now. False: nothing any more. */
bool subscription_refresh(struct subscription *sub);

/* Asks for its output from @pos on, whatever was asked for before. */
void subscription_from(struct subscription *sub, uint64_t pos);

/* More may come, as room is made by what was read. */
void subscription_grant(struct subscription *sub);

/* It does not answer, though its host is there: that is told, and is its end. */
void subscription_give_up(struct subscription *sub);

/* Asks who may type, or for that. */
void subscription_ask_input(struct subscription *sub, enum source_act act);

/* After any change: the descriptor tells of it. */
void subscription_gate(struct subscription *sub);

#endif /* KPL011_SUBSCRIPTION_H */
