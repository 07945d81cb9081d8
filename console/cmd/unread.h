/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has not read of what its port took: one that has not opened its console yet,
 * or stands still, leaves it there. What it throws away unread, as by emptying its FIFO, can be
 * told from how often it has read its data register. Ports of this machine alone can tell.
 *
 * What is in a socket, or in a pipe that nobody else has open, is lost with the connection:
 * that is waited for until it was read.
 */
#ifndef KPL011_UNREAD_H
#define KPL011_UNREAD_H

#include "source/source.h"

#define UNREAD_ASK_MS 20

struct unread {
	struct source *src;
	bool known; /* the port can tell */
	bool kept;  /* of what unread_look() tells: it can be read later, too */
	uint32_t id;
	/* As it began: what was sent to it ever, what of that waits, and reads of DR. */
	uint64_t sent;
	uint64_t queued;
	uint64_t reads;
	unsigned int asked;
	uint64_t bytes; /* of what unread_look() tells */
};

enum unread_what {
	UNREAD_NONE,
	UNREAD_WAIT, /* some, but it may be about to be read */
	UNREAD_LATE, /* the same, told once: it takes long */
	UNREAD_SOME, /* @bytes */
	UNREAD_LOST, /* @bytes or more, and none is left */
	UNREAD_GONE, /* who was to read it has gone */
};

/* @facts: NULL: of a port nothing is to be told. */
void unread_begin(struct unread *unread, struct source *src, const struct source_facts *facts);

/* After all was taken, every %UNREAD_ASK_MS. @wait: as long as it takes. */
enum unread_what unread_look(struct unread *unread, bool wait);

/* What waits now in the port of what was sent since the beginning, breaks too. */
uint64_t unread_bytes(const struct unread *unread);

/* Whether something is lost if the source is closed now. */
bool unread_would_be_lost(struct source *src);

#endif /* KPL011_UNREAD_H */
