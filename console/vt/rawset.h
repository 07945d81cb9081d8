/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Undoes what a guest has set on an operator's terminal that gets its bytes unchanged. Modes
 * that are off in every terminal are always reset. What only some terminals know, or what would
 * move the cursor, is reset only if the guest was seen to set it. What cannot be undone, such as
 * a title, is ignored. Pure.
 */
#ifndef KPL011_RAWSET_H
#define KPL011_RAWSET_H

#include "vt/vtparse.h"

#define RAWSET_SIZE 1280

struct rawset {
	struct vtparse parse;
	bool lead;	     /* the last byte may be the first one of an 8-bit control */
	uint32_t seen;	     /* a bit for each enum kind that the guest has set */
	uint32_t modes;	     /* a bit for each mode that only some terminals know */
	uint16_t modifiers;  /* a bit for each of xterm's key modifier options */
	uint32_t colors;     /* a bit for each of the OSC numbers 10 to 19 */
	unsigned int titles; /* how many are on the terminal's stack */
	bool allows_wide;    /* the guest has allowed itself 132 columns (?40) */
	bool wide;	     /* and has asked for them since (?3) */
	char text[RAWSET_SIZE];
};

void rawset_init(struct rawset *set);

/* Notes bytes that go to the terminal. */
void rawset_bytes(struct rawset *set, const void *bytes, size_t len);

/* Returns the bytes that undo all of it, in @set. May be called in a signal handler. */
const char *rawset_undo(struct rawset *set);

#endif /* KPL011_RAWSET_H */
