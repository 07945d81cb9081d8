/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prepares what a guest printed for standard output. A terminal gets what shows (see vtfilter.h),
 * and is restored at the end and before a signal ends or suspends the program. A pipe or a file
 * gets the bytes. Only one can be open at a time.
 */
#ifndef KPL011_SHOWN_H
#define KPL011_SHOWN_H

#include "vt/vtfilter.h"

/* Room for what shown_bytes() makes of @len bytes. */
#define SHOWN_ROOM(len) (VTFILTER_ROOM(len) + SHOWN_BEGIN)

/* In it, room for what comes before the bytes: vtfilter_undo()'s text and the end of a line. */
#define SHOWN_BEGIN 32

struct shown {
	int fd; /* may be non-blocking */
	bool filters;
	bool in_line; /* something shows in the cursor's line */
	bool begins;  /* the next bytes are another VMM's */
	locale_t locale;
	struct vtfilter filter;
};

/* @raw: a terminal gets the bytes, too. @shown must stay where it is. */
void shown_open(struct shown *shown, int fd, bool raw);

/* Returns the number of bytes written to @out. */
size_t shown_bytes(struct shown *shown, const void *bytes, size_t len, void *out);

/* Restores the terminal for a message or another program. */
void shown_undo(struct shown *shown);

/*
 * The same, and begins a new line and returns true if a message goes to a terminal as well and
 * would continue this line. All that shown_bytes() made must have been written.
 */
bool shown_break(struct shown *shown);

/* What comes next is another VMM's: it begins a line, and no earlier setting applies. */
void shown_begin(struct shown *shown);

/* The same as shown_undo(), and ends it. */
void shown_close(struct shown *shown);

#endif /* KPL011_SHOWN_H */
