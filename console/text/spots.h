/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the bytes of a line that was seen come from: one for each byte of a textline's text.
 * Pure.
 */
#ifndef KPL011_SPOTS_H
#define KPL011_SPOTS_H

#include "text/textline.h"

/* Positions of bytes. */
struct spot {
	uint64_t from;
	uint64_t to;
};

/* What a textline_step() has taken. */
struct spots_run {
	uint64_t pos;
	const unsigned char *bytes;
	size_t len;
	bool printed; /* it is text, and no part of a sequence */
};

/*
 * After a step: what was printed has its places, and so has what is left of a longer line
 * behind it. The line had @was bytes before, of which those before @changed are as they were.
 */
void spots_place(struct spot *spots, const struct textline *line, size_t changed, size_t was,
		 const struct spots_run *run);

/*
 * The place of a match goes on with a byte. Of a line that was partly printed over, what comes
 * last is not what was printed last.
 */
void spots_join(struct spot *all, const struct spot *next);

#endif /* KPL011_SPOTS_H */
