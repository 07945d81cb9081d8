/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has set on an operator's terminal that gets its bytes as they are. Modes that
 * are off in every terminal are always taken back; what only some know, or what would move the
 * cursor, is if the guest was seen to set it. Of what cannot be taken back, as a title, nothing
 * is known here. Pure.
 */
#ifndef KPL011_RAWSET_H
#define KPL011_RAWSET_H

#include "vt/vtparse.h"

#define RAWSET_SIZE 1280

struct rawset {
	struct vtparse parse;
	bool lead;	     /* the last byte may begin an 8-bit control */
	uint32_t seen;	     /* a bit for each kind of things */
	uint32_t modes;	     /* and for each of those that only some terminals know */
	uint16_t modifiers;  /* a bit for each of the key modifier options */
	uint32_t colors;     /* 10 to 19, a bit each */
	unsigned int titles; /* put aside */
	bool allows_wide;    /* the guest has said that it may have 132 columns */
	bool wide;	     /* it has asked for them since */
	char text[RAWSET_SIZE];
};

void rawset_init(struct rawset *set);

/* What goes to the terminal. */
void rawset_bytes(struct rawset *set, const void *bytes, size_t len);

/* What takes back all of it; it is @set's. Safe in a handler of a signal. */
const char *rawset_undo(struct rawset *set);

#endif /* KPL011_RAWSET_H */
