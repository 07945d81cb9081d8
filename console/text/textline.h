/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's output as lines of text, as a person has seen them: UTF-8 and tabs, and
 * nothing that drives a terminal. What was typed and corrected, or printed over, is
 * as it was when its line ended. Pure.
 *
 * A line ends with a line feed, whatever carriage returns are around it, where the
 * cursor goes to another row, and after TEXTLINE_WALK. A carriage return alone goes back to its
 * beginning. A long line that was typed and folded is one line: see textfold.h. A character that is
 * none becomes U+FFFD; those that turn the direction of text are left out.
 */
#ifndef KPL011_TEXTLINE_H
#define KPL011_TEXTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "text/textfold.h"
#include "vt/charset.h"
#include "vt/vtparse.h"

/* Bytes of a line that are kept; of a longer one the beginning is given before. */
#define TEXTLINE_MAX 4096

/*
 * The cursor goes over a line by its characters. Who has it go back and forth in a long line is
 * given so many of them for each byte, and so many more for the line: then it ends there.
 */
#define TEXTLINE_WALK_BYTE 64
#define TEXTLINE_WALK (256 * 1024)

/* Columns beyond the end of a line that the cursor can go to, from its beginning. */
#define TEXTLINE_PAD 80

/* Zeroes are a good beginning. */
struct textline {
	struct vtparse parse;
	struct charset charset;
	struct textfold fold;
	bool inserts;
	bool tabs; /* there may be some in it */
	bool wide; /* a byte of it may not be a column */
	bool half; /* the cursor is on the right half of the character */
	bool ended;
	size_t give; /* with a line that goes on: so much of it is final; else 0 */
	size_t len;
	size_t at;     /* of text: where the cursor is */
	size_t beyond; /* columns behind its end */
	size_t saved;  /* 1 and the column that was saved, of this row; else 0 */
	size_t rest;   /* bytes, at the end of those that came, of what is not complete */
	size_t low;    /* nothing before has changed since it was set to @len */
	size_t walked; /* bytes that the cursor went over, less those it was given */
	uint32_t last; /* character, for REP */
	char text[TEXTLINE_MAX];
};

/**
 * textline_add - take some bytes
 * @line: the line
 * @bytes: what comes
 * @len: how many
 *
 * Stops behind the end of a line (@line->ended), and when there is much of it
 * (@line->give, not 0). The next call forgets what was given, with @len 0 that alone.
 *
 * Return: number of bytes that were taken: all, unless it has stopped
 */
size_t textline_add(struct textline *line, const unsigned char *bytes, size_t len);

/*
 * The same of so many of them that all do one thing: a control or a whole character, some
 * plain text, or a byte of a sequence. @len: at least 1.
 */
size_t textline_step(struct textline *line, const unsigned char *bytes, size_t len);

#endif /* KPL011_TEXTLINE_H */
