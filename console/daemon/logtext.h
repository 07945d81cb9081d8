/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns a guest's output into the lines of a clean log, each with its time, and
 * tracks the position at which a reader has to begin to continue after what was
 * made. Pure, except for the clock.
 */
#ifndef KPL011_LOGTEXT_H
#define KPL011_LOGTEXT_H

#include "daemon/ledger.h"
#include "source/lineread.h"
#include "text/textline.h"

/* Room for a time and a blank. */
#define LOGTEXT_FRONT 64

/* The most that one piece can become: a line for each of its bytes, after one that had begun. */
#define LOGTEXT_ROOM (TEXTLINE_MAX + (LINEREAD_MAX + 4) * LOGTEXT_FRONT)

struct logtext {
	struct textline line; /* read, and not written yet */
	uint64_t pos;	      /* the position after what was read */
	int64_t ns;	      /* when the line began */
};

/* Begins at a position that is not within an escape sequence. */
void logtext_begin(struct logtext *text, uint64_t pos);

/*
 * Takes bytes of a piece, from @from on, and returns how many it took. Sets @whole if a line has
 * ended, or is so long that it is to be written as it is.
 */
size_t logtext_take(struct logtext *text, const struct lineread_piece *piece, size_t from,
		    bool *whole);

/* Whether there is a line without an end that was not written. */
bool logtext_open(const struct logtext *text);

/* The line was written, ended or not. Sets @to so that a reader can begin after it. */
void logtext_given(struct logtext *text, struct ledger_point *to);

/* The following write text at @out and return its length. */
size_t logtext_put(struct logtext *text, const struct lineread_piece *piece,
		   struct ledger_point *to, unsigned char *out);

/* Writes a line that has not ended; more of it may follow. */
size_t logtext_put_open(struct logtext *text, struct ledger_point *to, unsigned char *out);

/* Ends the line: nothing continues it. */
size_t logtext_put_end(struct logtext *text, struct ledger_point *to, unsigned char *out);
size_t logtext_put_lost(struct logtext *text, uint64_t count, struct ledger_point *to,
			unsigned char *out);

#endif /* KPL011_LOGTEXT_H */
