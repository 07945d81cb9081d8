/* SPDX-License-Identifier: GPL-2.0-only */
/* The cells of a textline, and its cursor: writes, moves and deletes. Pure. */
#ifndef KPL011_LINECELLS_H
#define KPL011_LINECELLS_H

#include "text/textline.h"

/* The most bytes that one step may add; a line with more than LINECELLS_FULL is given out. */
#define LINECELLS_STEP 1024
#define LINECELLS_FULL (TEXTLINE_MAX - LINECELLS_STEP)

/* The most columns that the cursor can be beyond the end, whatever it does there. */
#define LINECELLS_BEYOND 512

/* Notes that nothing before @at has changed. */
void cells_changed(struct textline *line, size_t at);

/* Puts @count blanks, or as many as fit, in place of the bytes from @from to @to. */
void cells_blanks(struct textline *line, size_t from, size_t to, size_t count);

/* Cuts off the line at the cursor; the second, only if nothing but blanks follows. */
void cells_cut(struct textline *line);
void cells_cut_blanks(struct textline *line);

/* Whether the byte at @at does not begin a character. */
bool cells_continues(const struct textline *line, size_t at);

/* The next character, after those that combine with this one; and the one before. */
size_t cells_next(const struct textline *line, size_t at);
size_t cells_previous(const struct textline *line, size_t at);

/* The column of a byte of the text, and of the cursor. */
size_t cells_column_of(struct textline *line, size_t at);
size_t cells_column(struct textline *line);

/* Replaces tabs by blanks: they stay tabs only until the cursor goes back to them. */
void cells_expand_tabs(struct textline *line);

void cells_left(struct textline *line, size_t count);
void cells_right(struct textline *line, size_t count);
void cells_go_to(struct textline *line, size_t col);
void cells_tab(struct textline *line);

/* CBT: back by @count tab stops. */
void cells_tab_back(struct textline *line, size_t count);

/* Makes sure that the cursor is at a whole character, or at the end. */
void cells_settle(struct textline *line);

void cells_put(struct textline *line, uint32_t ch);

/* Appends characters of one column and one byte each; the cursor must be at the end. */
void cells_append(struct textline *line, const char *text, size_t len);

/* DCH, or ECH, which leaves blanks. */
void cells_take_away(struct textline *line, size_t count, bool leaves_blanks);

#endif /* KPL011_LINECELLS_H */
