/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Input that a port has taken and its guest has not read: a guest that has not opened its console
 * yet, or stands still, leaves it there. If the guest throws input away unread, as when it empties
 * its FIFO, the number of reads of its data register shows it. Only ports of this machine can tell.
 *
 * Input in a socket, or in a pipe that nobody else has open, is lost with the connection, so
 * commands wait until it has been read.
 */
#ifndef KPL011_UNREAD_H
#define KPL011_UNREAD_H

#include "source/source.h"

#define UNREAD_ASK_MS 20

struct unread {
	struct source *src;
	bool known; /* the port can tell */
	bool kept;  /* what unread_look() reports can be read later, too */
	uint32_t id;
	/* At unread_begin(): all that was ever sent to the port, what of it waits, reads of DR. */
	uint64_t sent;
	uint64_t queued;
	uint64_t reads;
	unsigned int asked;
	uint64_t bytes; /* the number that belongs to unread_look()'s result */
};

enum unread_what {
	UNREAD_NONE,
	UNREAD_WAIT, /* some, but the guest may be about to read it: ask again */
	UNREAD_LATE, /* the same, returned once: it takes long */
	UNREAD_SOME, /* @bytes were not read */
	UNREAD_LOST, /* @bytes or more were thrown away, and none is left */
	UNREAD_GONE, /* the reader is gone */
};

/* Call before anything is sent. @facts: of the guest; NULL: do not report what waits in a port. */
void unread_begin(struct unread *unread, struct source *src, const struct source_facts *facts);

/* Call every %UNREAD_ASK_MS once everything was taken. @wait: however long it takes to be read. */
enum unread_what unread_look(struct unread *unread, bool wait);

/* How many bytes and breaks sent since unread_begin() wait in the port now; 0: not known. */
uint64_t unread_bytes(const struct unread *unread);

#endif /* KPL011_UNREAD_H */
