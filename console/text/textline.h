/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns a guest's output into lines of text as a person has seen them: UTF-8 and tabs, and nothing
 * that drives a terminal. A line is what it was when it ended, after all that was typed and
 * corrected, or printed over. Pure.
 *
 * A line ends with a line feed, whatever carriage returns are around it, where the cursor goes to
 * another row, and after TEXTLINE_WALK. A carriage return alone goes back to the line's beginning.
 * A long line that was typed and folded is one line: see textfold.h. What is not a character
 * becomes U+FFFD; characters that change the direction of text are left out.
 */
#ifndef KPL011_TEXTLINE_H
#define KPL011_TEXTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "text/textfold.h"
#include "vt/charset.h"
#include "vt/vtparse.h"

/* Bytes of a line that are kept; of a longer one, the beginning is given out before. */
#define TEXTLINE_MAX 4096

/*
 * The cursor goes over a line character by character. A guest that moves it back and forth in a
 * long line may pass this many bytes of the line for each byte that it prints, and this many more
 * for the line: then the line ends there.
 */
#define TEXTLINE_WALK_BYTE 64
#define TEXTLINE_WALK (256 * 1024)

/* The column up to which the cursor can go beyond the end of a line. */
#define TEXTLINE_PAD 80

/* All zero is a valid initial state. */
struct textline {
	struct vtparse parse;
	struct charset charset;
	struct textfold fold;
	bool inserts;
	bool tabs; /* there may be tabs in it */
	bool wide; /* a byte of it may not be a column */
	bool half; /* the cursor is on the right half of a wide character */
	bool ended;
	size_t give; /* bytes of an unfinished line that are final; else 0 */
	size_t len;
	size_t at;     /* in text: where the cursor is */
	size_t beyond; /* columns from the end to the cursor */
	size_t saved;  /* 1 + the column that was saved, of this row; else 0 */
	size_t rest;   /* how many of the last bytes belong to something incomplete */
	size_t low;    /* nothing before this has changed since it was set to @len */
	size_t walked; /* bytes that the cursor went over, less those allowed */
	uint32_t last; /* the last character, for REP */
	char text[TEXTLINE_MAX];
};

/**
 * textline_add - take some bytes
 * @line: the line
 * @bytes: what comes
 * @len: how many
 *
 * Stops after the end of a line (@line->ended), and when a line gets long (@line->give, not 0).
 * The next call first forgets what was given out; with @len 0, it does only that.
 *
 * Return: number of bytes that were taken: all, unless it has stopped
 */
size_t textline_add(struct textline *line, const unsigned char *bytes, size_t len);

/*
 * The same for only as many bytes as do one thing: a control or a whole character, some plain text,
 * or a byte of a sequence. @len: at least 1.
 */
size_t textline_step(struct textline *line, const unsigned char *bytes, size_t len);

#endif /* KPL011_TEXTLINE_H */
