/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's output on its way into a clean log: lines of text, each with its time, and
 * where in the output a reader has to begin to go on behind what was made. Pure, but
 * for the clock.
 */
#ifndef KPL011_LOGTEXT_H
#define KPL011_LOGTEXT_H

#include "base/lineread.h"
#include "daemon/ledger.h"
#include "text/textline.h"

/* A time and a blank. */
#define LOGTEXT_FRONT 64

/* What a piece may become: each of its bytes a line, behind one that was there. */
#define LOGTEXT_ROOM (TEXTLINE_MAX + (LINEREAD_MAX + 4) * LOGTEXT_FRONT)

struct logtext {
	struct textline line; /* what was read and is not written */
	uint64_t pos;	      /* up to here */
	int64_t ns;	      /* when the line was begun */
};

/* At a byte where no sequence is under way. */
void logtext_begin(struct logtext *text, uint64_t pos);

/*
 * Takes some bytes of a piece, from @from on; returns how many. @whole: a line has
 * ended, or there is so much of it that it is to be given as it is.
 */
size_t logtext_take(struct logtext *text, const struct lineread_piece *piece, size_t from,
		    bool *whole);

/* There is a line that has not ended and was not given. */
bool logtext_open(const struct logtext *text);

/* The line was given, ended or not: a reader can begin behind it. */
void logtext_given(struct logtext *text, struct ledger_point *to);

/* These give what is to be written at @out, and return how much it is. */
size_t logtext_put(struct logtext *text, const struct lineread_piece *piece,
		   struct ledger_point *to, unsigned char *out);

/* A line that stands still, as it is; it can go on. */
size_t logtext_put_open(struct logtext *text, struct ledger_point *to, unsigned char *out);

/* With its end: nothing goes on with it. */
size_t logtext_put_end(struct logtext *text, struct ledger_point *to, unsigned char *out);
size_t logtext_put_lost(struct logtext *text, uint64_t count, struct ledger_point *to,
			unsigned char *out);

#endif /* KPL011_LOGTEXT_H */
