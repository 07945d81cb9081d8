/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has not read of what its port took: one that has not opened its console yet,
 * or stands still, leaves it there. What it throws away unread, as by emptying its FIFO, can be
 * told from how often it has read its data register. Ports of this machine alone can tell.
 */
#ifndef KPL011_UNREAD_H
#define KPL011_UNREAD_H

#include "source/source.h"

#define UNREAD_ASK_MS 20

struct unread {
	bool known; /* the port can tell */
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
	UNREAD_SOME, /* @bytes */
	UNREAD_LOST, /* @bytes or more, and none is left */
};

void unread_begin(struct unread *unread, const struct source_facts *facts);

/* After all was taken, every %UNREAD_ASK_MS. @wait: as long as it takes. */
enum unread_what unread_look(struct unread *unread, bool wait);

/* What waits now of what was sent since the beginning, breaks too. */
uint64_t unread_bytes(const struct unread *unread);

#endif /* KPL011_UNREAD_H */
