/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest printed, on its way to standard output. A terminal gets what shows
 * (see vtfilter.h), and is put right at the end, and before a signal ends the program or
 * suspends it; a pipe or a file gets the bytes. One at a time.
 */
#ifndef KPL011_SHOWN_H
#define KPL011_SHOWN_H

#include "vt/vtfilter.h"

/* Room for what shown_bytes() makes of @len bytes. */
#define SHOWN_ROOM(len) (VTFILTER_ROOM(len) + SHOWN_BEGIN)

/* And in front of them: what vtfilter_undo() says, and the end of a line. */
#define SHOWN_BEGIN 32

struct shown {
	int fd; /* may be one that does not block */
	bool filters;
	bool in_line; /* something stands in the line that the cursor is in */
	bool begins;  /* the next bytes are another VMM's */
	locale_t locale;
	struct vtfilter filter;
};

/* @raw: a terminal gets the bytes, too. It stays where it is. */
void shown_open(struct shown *shown, int fd, bool raw);

/* Returns the number of bytes at @out. */
size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out);

/* The terminal as it should be: for a message, or another program. */
void shown_undo(struct shown *shown);

/*
 * And in a new line, if a message goes to a terminal as well and would go on with what stands in
 * this one: true. All that shown_bytes() made has to be written.
 */
bool shown_break(struct shown *shown);

/* What comes next is another VMM's: it begins a line, and nothing that was set before holds. */
void shown_begin(struct shown *shown);

/* And it is over. */
void shown_close(struct shown *shown);

#endif /* KPL011_SHOWN_H */
