/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the bytes of a seen line come from: a place for each byte of a textline's text. Pure. */
#ifndef KPL011_SPOTS_H
#define KPL011_SPOTS_H

#include "text/textline.h"

/* A range of positions in the guest's output. */
struct spot {
	uint64_t from;
	uint64_t to;
};

/* The bytes that a textline_step() has taken. */
struct spots_run {
	uint64_t pos;
	const unsigned char *bytes;
	size_t len;
	bool printed; /* it is text, not part of a sequence */
};

/*
 * To be called after a step: gives places to what was printed, and moves the places of what is left
 * of a longer line after it. The line had @was bytes before; those before @changed are still the
 * same.
 */
void spots_place(struct spot *spots, const struct textline *line, size_t changed, size_t was,
		 const struct spots_run *run);

/*
 * Extends the place of a match by that of its next byte. In a line that was partly printed over,
 * the last byte is not always the one that was printed last.
 */
void spots_join(struct spot *all, const struct spot *next);

#endif /* KPL011_SPOTS_H */
