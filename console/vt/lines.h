/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scrollback: the lines that left the screen, the newest of them, packed. Plain
 * text takes its own bytes and a few more. Pure.
 */
#ifndef KPL011_LINES_H
#define KPL011_LINES_H

#include "vt/vt.h"

/*
 * All lines have this many bytes each between them: lines with more colours than
 * any text needs push out older ones earlier.
 */
#define LINES_BYTES 512

struct lines;

/* At most @max lines. NULL without memory. */
struct lines *lines_new(size_t max);
void lines_free(struct lines *lines);

/*
 * @used: cells of the line up to the last that is not blank. Without memory
 * the line is lost; it counts as one.
 */
void lines_push(struct lines *lines, const struct vt_cell *cells, int used, bool wraps);

/* Takes the newest line back. False: there is none, or it is wider than @cols. */
bool lines_pop(struct lines *lines, struct vt_cell *cells, int cols, bool *wraps);

/* The newest line, if there is one, was never pushed. */
void lines_drop(struct lines *lines);

size_t lines_count(const struct lines *lines);

/* How many were pushed, and neither popped nor dropped. */
uint64_t lines_total(const struct lines *lines);

/* @age: 0 is the newest; less than lines_count(). The rest of @cols is made blank. */
void lines_get(const struct lines *lines, size_t age, struct vt_cell *cells, int cols);
/* Columns of it. */
int lines_used(const struct lines *lines, size_t age);
bool lines_wraps(const struct lines *lines, size_t age);

size_t lines_memory(const struct lines *lines);

#endif /* KPL011_LINES_H */
