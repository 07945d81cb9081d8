/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cells of a textline, and its cursor: what is written, moved and taken away. Pure.
 */
#ifndef KPL011_LINECELLS_H
#define KPL011_LINECELLS_H

#include "text/textline.h"

/* What one step may add; and with more in it than this a line is given. */
#define LINECELLS_STEP 1024
#define LINECELLS_FULL (TEXTLINE_MAX - LINECELLS_STEP)

/* Columns beyond the end that the cursor can go to, whatever it does there. */
#define LINECELLS_BEYOND 512

/* Nothing before @at is different now. */
void cells_changed(struct textline *line, size_t at);

/* @count blanks in place of the bytes from @from to @to: as many as there is room for. */
void cells_blanks(struct textline *line, size_t from, size_t to, size_t count);

/* What is at the cursor and behind it goes; or only if all of it is blanks. */
void cells_cut(struct textline *line);
void cells_cut_blanks(struct textline *line);

/* Where a character does not begin. */
bool cells_continues(const struct textline *line, size_t at);

/* The next character, behind those that go to this one; and the one before. */
size_t cells_next(const struct textline *line, size_t at);
size_t cells_previous(const struct textline *line, size_t at);

/* Of a byte of text, and of the cursor. */
size_t cells_column_of(struct textline *line, size_t at);
size_t cells_column(struct textline *line);

/* Tabs are what they are until somebody goes back to them. */
void cells_expand_tabs(struct textline *line);

void cells_left(struct textline *line, size_t count);
void cells_right(struct textline *line, size_t count);
void cells_go_to(struct textline *line, size_t col);
void cells_tab(struct textline *line);

/* CBT: to the tab stop before, @count times. */
void cells_tab_back(struct textline *line, size_t count);

/* What is at the cursor is a whole character, or its end. */
void cells_settle(struct textline *line);

void cells_put(struct textline *line, uint32_t ch);

/* Characters of one column and byte each, at the end. */
void cells_append(struct textline *line, const char *text, size_t len);

/* DCH, or with blanks in their place ECH. */
void cells_take_away(struct textline *line, size_t count, bool leaves_blanks);

#endif /* KPL011_LINECELLS_H */
