/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scrollback: the newest of the lines that left the screen, packed. A line of plain
 * text takes a few bytes more than its text. Pure.
 */
#ifndef KPL011_LINES_H
#define KPL011_LINES_H

#include "vt/vt.h"

/*
 * The lines together may take this many bytes for each line of the limit: lines with
 * more colours than any text needs push out older ones earlier.
 */
#define LINES_BYTES 512

struct lines;

/* @max: lines that are kept at most. NULL: out of memory. */
struct lines *lines_new(size_t max);
void lines_free(struct lines *lines);

/*
 * Adds the newest line. @used: its cells up to the last that is not blank. If there
 * is no memory, the line is lost, but counts.
 */
void lines_push(struct lines *lines, const struct vt_cell *cells, int used, bool wraps);

/* Removes the newest line and returns it. False: there is none, or it is wider than @cols. */
bool lines_pop(struct lines *lines, struct vt_cell *cells, int cols, bool *wraps);

/* Removes the newest line, if there is one, as if it had never been pushed. */
void lines_drop(struct lines *lines);

size_t lines_count(const struct lines *lines);

/* How many lines were ever pushed, less those that were popped or dropped. */
uint64_t lines_total(const struct lines *lines);

/* @age: 0 is the newest; less than lines_count(). Cells after the line's end become blank. */
void lines_get(const struct lines *lines, size_t age, struct vt_cell *cells, int cols);
/* The columns of a line. */
int lines_used(const struct lines *lines, size_t age);
bool lines_wraps(const struct lines *lines, size_t age);

size_t lines_memory(const struct lines *lines);

#endif /* KPL011_LINES_H */
