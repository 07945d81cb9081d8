/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long lines that a line editor has folded at the edge of its terminal. A shell on a serial line
 * assumes some width, which may not be that of any terminal here. Its line is one line, and each of
 * the rows is a part of it that the cursor can go to. Pure.
 *
 * At the edge, readline and zsh print a blank, which wraps, and a carriage return; busybox prints
 * two carriage returns and a line feed. Progress bars print such things as well. So this is a fold
 * if the width is known, for which 80 is always tried, and at any width
 *
 *   - if the editor has shown itself in this line: by switching on bracketed paste, as bash and zsh
 *     do, or by asking for the cursor's position, as busybox does;
 *   - for a blank and a carriage return: after a prompt and something that was typed.
 *
 * What readline prints at once goes over an edge without any of this. If a line with bracketed
 * paste, or with a prompt and something typed, is longer than a row, it has such rows if the cursor
 * goes up, or back to the beginning of a row.
 *
 * What comes next can show that it was not a fold: the line was only redrawn, or it ended.
 *
 * The width is where a line was folded, the length of the row that zsh and fish fill before their
 * prompt, and what stty and resize are told or print.
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
	uint16_t width; /* columns that the guest is known to assume; 0: unknown */

	/* Of this line. */
	enum textfold_editor editor;
	uint16_t row;	 /* columns of a row; 0: the line is not folded */
	uint16_t rows;	 /* how many there were */
	uint16_t erased; /* 1 + the first of the rows at the end that are empty; or 0 */
	size_t last;	 /* column of the last fold */
	size_t doubt;	 /* column of a row that a carriage return may have gone to; or 0 */
	size_t pending;	 /* bytes before the last fold, while it may not be one; 0: it is one */
	bool guessed;	 /* the last fold is a guess */
	bool redrawn;	 /* it is a line that is redrawn: nothing is guessed about it */
	bool printed;	 /* what came last was only text */
	bool up;	 /* the cursor went to a row above, and did nothing there */
	bool below;	 /* the cursor went to the row below, or Enter was pressed */
	bool from_end;	 /* the first of the last carriage returns was at the end */
	uint8_t returns; /* how many carriage returns came last, up to 2 */
};

/* Handles a carriage return. True: it is done. */
bool textfold_return(struct textline *line);

/* Handles a line feed. True: the line continues. */
bool textfold_feed(struct textline *line);

/* To be called before something is printed, after it, and for any other control character. */
void textfold_print(struct textline *line);
void textfold_printed(struct textline *line);
void textfold_control(struct textline *line);

/* Handles a control sequence. True: it is done. */
bool textfold_csi(struct textline *line, const struct vtparse_csi *csi);

/* The line has ended: forgets what is known of it, except the width. */
void textfold_end(struct textline *line);

/* The beginning of the line was given out: forgets all but the width and the editor. */
void textfold_given(struct textline *line);

#endif /* KPL011_TEXTFOLD_H */
