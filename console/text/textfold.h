/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long lines that an editor of lines has folded at the edge of its terminal. A shell that
 * has a serial line believes in some width, which may be that of no terminal here. Its
 * line is one line, and each of its rows a part of it that the cursor goes to. Pure.
 *
 * At the edge readline and zsh print a blank, which wraps, and a carriage return; busybox
 * prints two of these and a line feed. Progress bars do such things as well. So it is a fold
 * where the width is known, at which 80 is always tried, and at any width
 *
 *   - if the editor has said in this line that it is one: by switching on bracketed paste,
 *     as bash and zsh do, or by asking where the cursor is, as busybox does;
 *   - for a blank and a carriage return: behind a prompt and something that was typed.
 *
 * Over an edge readline prints what comes at once without any of this. A line with one of these
 * two that is longer than a row has such rows if the cursor goes up, or back to the
 * beginning of a row.
 *
 * What comes next can tell that it was none: the line was only drawn anew, or it ended.
 *
 * The width is what a line was folded at, what zsh and fish fill a row with before their
 * prompt, and what somebody gives to stty.
 */
#ifndef KPL011_TEXTFOLD_H
#define KPL011_TEXTFOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vt/vtparse.h"

struct textline;

enum textfold_editor {
	TEXTFOLD_NONE,
	TEXTFOLD_PASTES, /* it has switched on bracketed paste */
	TEXTFOLD_ASKS,	 /* it has asked where the cursor is */
};

struct textfold {
	uint16_t width; /* that the guest is known to believe in; 0: none */

	/* Of this line. */
	enum textfold_editor editor;
	uint16_t row;	 /* columns; 0: it is not folded */
	uint16_t rows;	 /* that there were */
	uint16_t erased; /* 1 and the first of the last ones, in which nothing is any more; or 0 */
	size_t last;	 /* column of the last fold */
	size_t doubt;	 /* column of a row that it may have gone to with a carriage return; or 0 */
	size_t pending;	 /* bytes before it, while it may be none; 0: it is one */
	bool guessed;	 /* that one */
	bool redrawn;	 /* it is a line that is drawn anew: nothing is guessed of it */
	bool printed;	 /* nothing but text came last */
	bool up;	 /* the cursor went to a row above, and nothing was done there */
	bool below;	 /* the cursor went to another row, or the line ended */
	bool from_end;	 /* of the carriage returns that came last the first was at the end */
	uint8_t returns; /* how many, up to 2 */
};

/* A carriage return. True: it is done. */
bool textfold_return(struct textline *line);

/* A line feed. True: the line goes on. */
bool textfold_feed(struct textline *line);

/* Something is to be printed; it was printed; any other control. */
void textfold_print(struct textline *line);
void textfold_printed(struct textline *line);
void textfold_control(struct textline *line);

/* A sequence. True: it is done. */
bool textfold_csi(struct textline *line, const struct vtparse_csi *csi);

/* The line has ended: what is known of it is forgotten, but the width. */
void textfold_end(struct textline *line);

/* The beginning of the line was given. */
void textfold_given(struct textline *line);

#endif /* KPL011_TEXTFOLD_H */
