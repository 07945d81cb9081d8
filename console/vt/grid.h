/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of cells, and what a terminal does with them. Positions outside the grid are
 * clipped or ignored. A wide character has both halves or none. Scrolling and erasing
 * whole rows takes the same time whatever is in them. Pure.
 *
 * A grid that was made smaller keeps what it does not show any more, the cells at the
 * right and the rows below, until the shown part of the row or grid is erased or moved.
 */
#ifndef KPL011_GRID_H
#define KPL011_GRID_H

#include "vt/vt.h"

#define GRID_DAMAGE_WORDS ((VT_ROWS_MAX + 63) / 64)

struct grid_row {
	bool wraps;	    /* the line continues in the next row */
	int used;	    /* cells that are valid, hidden ones included; the rest is blank */
	struct vt_color bg; /* the background of that rest */
	struct vt_cell cells[];
};

struct grid {
	int rows, cols; /* the size that is shown */
	int below;	/* hidden rows below these */
	int room_rows, room_cols;
	struct grid_row **row; /* from the top; scrolling permutes the pointers */
	uint64_t damage[GRID_DAMAGE_WORDS];
};

/* @top and @left are inside, @bottom and @right are just outside. */
struct grid_rect {
	int top, bottom;
	int left, right;
};

/* A blank grid; NULL: out of memory. */
struct grid *grid_new(int rows, int cols);
void grid_free(struct grid *grid);
size_t grid_memory(const struct grid *grid);

/* Writes one cell; if its width is 2, it takes the next column, too. */
void grid_put(struct grid *grid, int row, int col, const struct vt_cell *cell);

/* Writes ASCII that fits into the row; all but the character is as in @cell. */
void grid_put_run(struct grid *grid, int row, int col, const struct vt_cell *cell, const char *text,
		  size_t len);

/* Adds a combining character to a cell; dropped if the cell is blank or full. */
void grid_combine(struct grid *grid, int row, int col, uint32_t ch);

void grid_erase(struct grid *grid, struct grid_rect rect, struct vt_color bg);

/* Erases all cells but those that are protected. */
void grid_erase_selectively(struct grid *grid, struct grid_rect rect, struct vt_color bg);

/* Moves the content up by @up rows and left by @left columns; negative: the other way. */
void grid_scroll(struct grid *grid, struct grid_rect rect, int up, int left, struct vt_color bg);

/* Copies the first @cols cells of a row; hidden ones too if these are more than are shown. */
void grid_get(struct grid *grid, int row, struct vt_cell *cells, int cols);

/* Cells of a row, hidden ones included, without blank ones of the default colours at its end. */
int grid_used(struct grid *grid, int row);

/* Whether a row has no characters. */
bool grid_is_blank(const struct grid *grid, int row);

/* Allocates what grid_set_size() needs for this size. 0 or -ENOMEM. */
int grid_reserve(struct grid *grid, int rows, int cols);

/* Changes the size. A larger grid first shows hidden rows and cells again, then blank ones. */
void grid_set_size(struct grid *grid, int rows, int cols);

/* Of the first @total rows, moves the first @count after the others. */
void grid_rotate(struct grid *grid, int total, int count);

void grid_damage(struct grid *grid, int from, int to);

/* A cell without a character. */
struct vt_cell grid_blank(struct vt_color bg);

static inline bool grid_same_color(const struct vt_color *a, const struct vt_color *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == VT_COLOR_INDEXED)
		return a->index == b->index;
	return a->kind != VT_COLOR_RGB ||
	       (a->red == b->red && a->green == b->green && a->blue == b->blue);
}

/* If one half of a wide character is missing at the boundary before @col, blanks the other. */
void grid_mend(struct vt_cell *cells, int cols, int col);

#endif /* KPL011_GRID_H */
